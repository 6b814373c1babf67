import { createSubscriber } from '../../src/directory/manage.ts';
import type { Sql } from '../../src/store/connection.ts';

/**
 * The people of the demonstration, each with a phone: of the range that the French regulator keeps for
 * fiction, so that no real one rings.
 */
export type DemoPerson = { readonly username: string; readonly name: string; readonly number: string };

export const ALICE: DemoPerson = { username: 'alice', name: 'Alice Martin', number: '+33639980112' };
export const BRUNO: DemoPerson = { username: 'bruno', name: 'Bruno Keller', number: '+33639980113' };
export const PEOPLE: readonly DemoPerson[] = [ALICE, BRUNO];

/** Puts them under contract where they are not yet: a folder of an earlier version knows only some of them. */
export async function signUpPeople(sql: Sql, tenantId: string): Promise<void> {
  for (const { username, name, number } of PEOPLE) {
    const made = await createSubscriber(
      { sql },
      tenantId,
      {
        name,
        language: null,
        identifiers: [
          { kind: 'username', value: username },
          { kind: 'phone', value: number },
        ],
        addresses: [{ channel: 'sms', value: number, vouched: true }],
      },
      'the demonstration',
    );
    if (!made.ok && made.refusal !== 'identifier_taken') {
      throw new Error(`The demonstration's ${name} was refused: ${made.detail ?? made.refusal}`);
    }
  }
}
