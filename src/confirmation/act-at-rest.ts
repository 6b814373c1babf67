/**
 * Acts in the table. What a registered message is about, and who writes to whom, is sealed like the message
 * itself (S8): whoever has a dump of the database reads it no more there than in the message's own row. Other
 * acts stay as they are.
 *
 *   canonical text ──atRest──▶ sealed:<id of the master key>:<base64> ──openActs──▶ canonical text
 */
import { must } from '../std/assert.ts';
import { toBase64, utf8 } from '../std/bytes.ts';
import type { KeyRing } from '../std/key-ring.ts';
import { open, seal } from '../std/seal.ts';
import type { Purpose } from './act.ts';
import type { Confirmation } from './confirmation.ts';
import { purposeOf } from './outcomes.ts';

const USE = 'countersign/act/1';
const SEALED = /^sealed:([a-z0-9]+):(.*)$/;
const TELLING: ReadonlySet<Purpose | null> = new Set(['send_message', 'message']);
/** Of one whose master key is in the ring no more. */
const CLOSED = '{"purpose":"message"}';

type Row = Pick<Confirmation, 'id' | 'act'>;

/** What is written; a resend leaves it, so it names its own key and not the row's. */
export function atRest(keys: KeyRing, { id, act }: Row): string {
  if (!TELLING.has(purposeOf(act))) return act;
  const { currentId } = keys;
  return `sealed:${currentId}:${toBase64(seal(keys.derive(currentId, USE), utf8(act), utf8(id)))}`;
}

/** Rows as they are worked with. */
export function openActs<R extends Row>(keys: KeyRing, rows: R[]): R[] {
  return rows.some(({ act }) => SEALED.test(act)) ? rows.map((row) => withAct(keys, row)) : rows;
}

function withAct<R extends Row>(keys: KeyRing, row: R): R {
  const [, keyId = '', sealed = ''] = SEALED.exec(row.act) ?? [];
  if (sealed === '') return row;
  if (!keys.has(keyId)) return { ...row, act: CLOSED };
  const plain = open(keys.derive(keyId, USE), Buffer.from(sealed, 'base64'), utf8(row.id));
  return { ...row, act: Buffer.from(must(plain, `the act of ${row.id} was altered`)).toString('utf8') };
}
