import { createClientCache } from '../../src/client/find.ts';
import { searchSubscribers } from '../../src/directory/manage.ts';
import type { Principal } from '../../src/http/client-auth.ts';
import { createForm, ownForms, type FormInput } from '../../src/message/declaration/manage.ts';
import { systemClock } from '../../src/std/clock.ts';
import { systemRandom } from '../../src/std/random.ts';
import type { Sql } from '../../src/store/connection.ts';
import { BRUNO } from './people.ts';

/** The form of the demonstration: Alice declares, Bruno reads what was declared. */
const FORM: Omit<FormInput, 'clientId' | 'staff'> = {
  title: 'Change of address',
  introduction:
    'Tell Acme where you live now. You confirm it with a code, and have a numbered receipt at once.',
  language: 'en',
  state: 'open',
  openToAll: false,
  translations: {},
  schema: {
    type: 'object',
    properties: {
      street: {
        type: 'string',
        title: 'Street and number',
        maxLength: 80,
        autocomplete: 'street-address',
      },
      town: { type: 'string', title: 'Town', maxLength: 60, autocomplete: 'address-level2' },
      since: { type: 'string', title: 'Living there since', format: 'date' },
      reason: {
        type: 'string',
        title: 'Why do you move?',
        enum: ['For work', 'For family', 'Another reason'],
      },
      truth: { type: 'boolean', title: 'All this is true.', const: true },
    },
    required: ['street', 'town', 'since'],
  },
};

/** The path of its page. It is made at the first start. */
export async function openDemoForm(sql: Sql, principal: Principal): Promise<string> {
  const desk = {
    store: { sql },
    clientOf: createClientCache(sql),
    random: systemRandom,
    clock: systemClock,
  };
  const { tenantId, clientId } = principal;
  const [known] = await ownForms(desk, principal, '', 1);
  if (known) return `/declare/${known.id}`;
  const staff = await searchSubscribers({ sql }, tenantId, 'username', BRUNO.username);
  const made = await createForm(desk, tenantId, { ...FORM, clientId, staff: staff.map(({ id }) => id) });
  if (!made.ok) throw new Error(`The demonstration's form was refused: ${made.detail ?? made.refusal}`);
  return `/declare/${made.value.id}`;
}
