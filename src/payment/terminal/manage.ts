/** The administrator's verbs: terminals and their keys. */
import { toHex, utf8 } from '../../std/bytes.ts';
import type { Clock } from '../../std/clock.ts';
import { newId } from '../../std/id.ts';
import type { KeyRing } from '../../std/key-ring.ts';
import type { Random } from '../../std/random.ts';
import { ok, refuse, type Result } from '../../std/result.ts';
import { open, seal } from '../../std/seal.ts';
import { Secret } from '../../std/secret.ts';
import type { FindClient } from '../../client/find.ts';
import type { Sql } from '../../store/connection.ts';
import { keyCheckValue, TERMINAL_KEY_BYTES } from './mac.ts';
import {
  disableTerminalOnce,
  findTerminalByCode,
  insertTerminal,
  listTerminals,
  type TerminalRow,
} from './store.ts';
import { homeOfTerminal, parseTerminal, type Terminal, type TerminalFields } from './terminal.ts';

export type TerminalRefusal =
  | 'malformed_terminal'
  | 'terminal_code_taken'
  | 'unknown_client'
  | 'unknown_terminal';

export type ManageContext = {
  readonly sql: Sql;
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly random: Random;
  readonly clientOf: FindClient;
};

export type MadeTerminal = {
  readonly terminal: Terminal;
  /** 64 hex digits, in this answer and nowhere else ever again. */
  readonly key: Secret<string>;
  /** Six hex digits to compare what was typed into the terminal. */
  readonly checkValue: string;
};

const KEY = 'countersign/terminal-key/1';

export async function createTerminal(
  context: ManageContext,
  owner: { readonly tenantId: string; readonly clientId: string },
  fields: TerminalFields,
): Promise<Result<MadeTerminal, TerminalRefusal>> {
  const { sql, keys, clock, random, clientOf } = context;
  const parsed = parseTerminal(fields);
  if (!parsed.ok) return parsed;
  if ((await clientOf(owner.tenantId, owner.clientId)) === null) return refuse('unknown_client');
  const id = newId('trm', homeOfTerminal(fields.code), clock.nowMs(), random);
  const key = random(TERMINAL_KEY_BYTES);
  const sealed = sealTerminalKey(keys, id, key, random);
  const terminal = await insertTerminal(sql, { ...parsed.value, ...owner, id, ...sealed });
  if (terminal === null) {
    return refuse('terminal_code_taken', {
      detail: `There is a terminal ${fields.code} already; take another code.`,
    });
  }
  return ok({ terminal, key: new Secret(toHex(key)), checkValue: keyCheckValue(key) });
}

/** Under the current master key; under another terminal's id it does not open. */
export function sealTerminalKey(
  keys: KeyRing,
  id: string,
  key: Uint8Array,
  random: Random,
): Pick<TerminalRow, 'keyId' | 'key'> {
  const keyId = keys.currentId;
  return { keyId, key: seal(keys.derive(keyId, KEY), key, utf8(id), random) };
}

/** Null when its master key is gone. */
export function openTerminalKey(keys: KeyRing, row: TerminalRow): Uint8Array | null {
  return keys.has(row.keyId) ? open(keys.derive(row.keyId, KEY), row.key, utf8(row.id)) : null;
}

/** Its next message is refused; what was begun can still be undone. */
export async function disableTerminal(
  { sql }: Pick<ManageContext, 'sql'>,
  tenantId: string,
  id: string,
): Promise<Result<Terminal, 'unknown_terminal'>> {
  const row = await disableTerminalOnce(sql, tenantId, id);
  return row === null ? refuse('unknown_terminal') : ok(row);
}

/** Whether a tenant has a terminal of this code, disabled or not. */
export async function hasTerminal(
  { sql }: Pick<ManageContext, 'sql'>,
  tenantId: string,
  code: string,
): Promise<boolean> {
  return (await findTerminalByCode(sql, code))?.tenantId === tenantId;
}

/** In the order of their ids, from after a cursor. */
export async function terminalsOf(
  { sql }: Pick<ManageContext, 'sql'>,
  tenantId: string,
  after: string,
  limit: number,
): Promise<readonly Terminal[]> {
  return listTerminals(sql, tenantId, after, limit);
}
