/** The SQL of payments. Many rows travel as one JSON parameter (docs/decisions/rows-as-json.md). */
import { toHex } from '../std/bytes.ts';
import type { Language } from '../std/language.ts';
import type { Db, Tx } from '../store/connection.ts';
import {
  ENDED,
  STEPS,
  type BankAsked,
  type Capture,
  type Means,
  type PaymentId,
  type PaymentState,
  type StepName,
} from './payment.ts';

export type PaymentKey = { readonly home: number; readonly id: string };

/** A payment as it is stored; the columns are explained in migrations/080-payment.sql. */
export type PaymentRow = {
  readonly home: number;
  readonly id: PaymentId;
  readonly tenantId: string;
  readonly clientId: string;
  readonly state: PaymentState;
  readonly reason: string | null;
  readonly minor: bigint;
  readonly currency: string;
  readonly payee: string;
  readonly reference: string | null;
  readonly description: string | null;
  readonly capture: Capture;
  readonly bankAsked: BankAsked;
  readonly series: string | null;
  readonly language: Language | null;
  readonly returnUrl: string | null;
  readonly secretHash: Uint8Array;
  readonly payer: string | null;
  readonly subscriberId: string | null;
  readonly address: string | null;
  readonly payerKey: string | null;
  readonly means: Means | null;
  readonly cardShown: string | null;
  readonly lastFour: string | null;
  readonly cardToken: string | null;
  readonly keepsCard: boolean;
  readonly keyId: string | null;
  readonly card: Uint8Array | null;
  readonly cardEntry: string | null;
  readonly terminal: string | null;
  readonly merchant: string | null;
  readonly contractId: string | null;
  readonly ip: string | null;
  readonly trustsPayee: boolean;
  readonly tries: number;
  readonly confirmationId: string | null;
  readonly exchangeId: string | null;
  readonly authCode: string | null;
  readonly rrn: string | null;
  readonly exemption: string | null;
  readonly askedMinor: bigint | null;
  readonly asks: number;
  readonly completed: bigint | null;
  readonly refunded: bigint;
  readonly salt: Uint8Array | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly endedAtMs: number | null;
  readonly nowMs: number;
};

const bytea = (bytes: Uint8Array): string => `\\x${toHex(bytes)}`;
const ms = (column: string): string => `extract(epoch from ${column})::float8 * 1000`;

const COLUMNS = `p.home::int as "home", p.id, p.tenant_id as "tenantId", p.client_id as "clientId", p.state, p.reason,
  p.amount as "minor", p.currency, p.payee, p.reference, p.description, p.capture, p.bank_asked as "bankAsked",
  p.series, p.language, p.return_url as "returnUrl", p.secret_hash as "secretHash", p.payer,
  p.subscriber_id as "subscriberId", p.address, p.payer_key as "payerKey", p.means, p.card_shown as "cardShown",
  p.card_last_four as "lastFour", p.card_token as "cardToken", p.keeps_card as "keepsCard", p.key_id as "keyId",
  p.card, p.card_entry as "cardEntry", p.terminal, p.merchant, p.contract_id as "contractId", p.ip,
  p.trusts_payee as "trustsPayee", p.tries::int as "tries", p.confirmation_id as "confirmationId",
  p.exchange_id as "exchangeId", p.auth_code as "authCode", p.rrn, p.exemption, p.asked_minor as "askedMinor",
  p.asks::int as "asks", p.completed, p.refunded, p.salt, ${ms('p.created_at')} as "createdAtMs", ${ms('p.expires_at')} as "expiresAtMs",
  ${ms('p.ended_at')} as "endedAtMs", ${ms('clock_now()')} as "nowMs"`;

/** What making a payment fixes. */
export type NewPaymentRow = Pick<
  PaymentRow,
  | 'home'
  | 'id'
  | 'tenantId'
  | 'clientId'
  | 'minor'
  | 'currency'
  | 'payee'
  | 'reference'
  | 'description'
  | 'capture'
  | 'bankAsked'
  | 'series'
  | 'language'
  | 'returnUrl'
  | 'secretHash'
  | 'payer'
> & { readonly salt: Uint8Array; readonly validityMs: number };

export async function insertPayments(tx: Tx, rows: readonly NewPaymentRow[]): Promise<PaymentRow[]> {
  const parameter = JSON.stringify(
    rows.map((row) => ({
      ...row,
      minor: String(row.minor),
      secretHash: bytea(row.secretHash),
      salt: bytea(row.salt),
    })),
  );
  return tx<PaymentRow[]>`
    insert into payment as p (home, id, tenant_id, client_id, state, amount, currency, payee, reference, description,
      capture, bank_asked, series, language, return_url, secret_hash, payer, salt, created_at, expires_at, next_at)
    select "home", "id", "tenantId", "clientId", 'created', "minor", "currency", "payee", "reference", "description",
      "capture", "bankAsked", "series", "language", "returnUrl", "secretHash", "payer", "salt", clock_now(),
      clock_now() + "validityMs" * interval '1 millisecond', clock_now() + "validityMs" * interval '1 millisecond'
    from json_to_recordset(${parameter}::text::json) as r ("home" smallint, "id" text, "tenantId" text,
      "clientId" text, "minor" bigint, "currency" text, "payee" text, "reference" text, "description" text,
      "capture" text, "bankAsked" text, "series" text, "language" text, "returnUrl" text, "secretHash" bytea,
      "payer" text, "salt" bytea, "validityMs" float8)
    returning ${tx.unsafe(COLUMNS)}`;
}

export async function readPayments(db: Db, keys: readonly PaymentKey[]): Promise<PaymentRow[]> {
  return db<PaymentRow[]>`
    select ${db.unsafe(COLUMNS)}
    from json_to_recordset(${keysOf(keys)}::text::json) as k ("home" smallint, "id" text)
    join payment p on p.home = k."home" and p.id = k."id"
    where k."home" between 0 and 1023`;
}

/** Callers give whole rows too, whose amounts JSON cannot say. */
function keysOf(keys: readonly PaymentKey[]): string {
  return JSON.stringify(keys.map(({ home, id }) => ({ home, id })));
}

/** The order in which all callers lock. */
function byKey(a: PaymentKey, b: PaymentKey): number {
  if (a.home !== b.home) return a.home - b.home;
  return a.id < b.id ? -1 : Number(a.id > b.id);
}

/** Locks payments, in one order for all callers. */
export async function lockPayments(tx: Tx, keys: readonly PaymentKey[]): Promise<PaymentRow[]> {
  return tx<PaymentRow[]>`
    select ${tx.unsafe(COLUMNS)}
    from json_to_recordset(${keysOf(keys)}::text::json) as k ("home" smallint, "id" text)
    join payment p on p.home = k."home" and p.id = k."id"
    where k."home" between 0 and 1023
    order by p.home, p.id for update of p`;
}

/** Those that one of these confirmations is for, locked. */
export async function lockConfirmed(tx: Tx, confirmationIds: readonly string[]): Promise<PaymentRow[]> {
  const parameter = JSON.stringify(confirmationIds.map((id) => ({ id })));
  return tx<PaymentRow[]>`
    select ${tx.unsafe(COLUMNS)}
    from json_to_recordset(${parameter}::text::json) as k ("id" text)
    join payment p on p.confirmation_id = k."id"
    where length(k."id") > 0
    order by p.home, p.id for update of p`;
}

/** The newest first, from before the payment `before` on. */
export async function listPayments(
  db: Db,
  { tenantId, clientId }: { readonly tenantId: string; readonly clientId: string },
  before: PaymentKey | null,
  max: number,
): Promise<PaymentRow[]> {
  if (before === null) {
    return db<PaymentRow[]>`
      select ${db.unsafe(COLUMNS)} from payment p where p.tenant_id = ${tenantId} and p.client_id = ${clientId}
      order by p.created_at desc, p.id desc limit ${max}::int`;
  }
  return db<PaymentRow[]>`
    select ${db.unsafe(COLUMNS)} from payment p where p.tenant_id = ${tenantId} and p.client_id = ${clientId}
      and (p.created_at, p.id) < (select b.created_at, b.id from payment b
        where b.home = ${before.home} and b.id = ${before.id})
    order by p.created_at desc, p.id desc limit ${max}::int`;
}

/** What a payer has chosen. */
export type BegunRow = PaymentKey &
  Pick<
    PaymentRow,
    | 'subscriberId'
    | 'address'
    | 'payerKey'
    | 'means'
    | 'cardShown'
    | 'lastFour'
    | 'cardToken'
    | 'keepsCard'
    | 'keyId'
    | 'cardEntry'
    | 'terminal'
    | 'merchant'
    | 'contractId'
    | 'ip'
    | 'trustsPayee'
    | 'language'
  > & { readonly card: Uint8Array | null; readonly stuckAfterMs: number };

/** created → authorising, while their time has not passed; not those of which somebody else was first. */
export async function beginPayments(tx: Tx, rows: readonly BegunRow[]): Promise<PaymentRow[]> {
  const parameter = JSON.stringify(
    rows.toSorted(byKey).map((row) => ({ ...row, card: row.card === null ? null : bytea(row.card) })),
  );
  return tx<PaymentRow[]>`
    update payment as p
    set state = 'authorising', reason = null, subscriber_id = r."subscriberId", address = r."address",
      payer_key = r."payerKey", means = r."means", card_shown = r."cardShown",
      card_last_four = r."lastFour", card_token = r."cardToken", keeps_card = r."keepsCard",
      key_id = r."keyId", card = r."card", card_entry = r."cardEntry", terminal = r."terminal",
      merchant = r."merchant", contract_id = r."contractId", ip = r."ip",
      trusts_payee = r."trustsPayee", language = r."language", tries = p.tries + 1,
      next_at = clock_now() + r."stuckAfterMs" * interval '1 millisecond'
    from json_to_recordset(${parameter}::text::json) as r ("home" smallint, "id" text, "subscriberId" text,
      "address" text, "payerKey" text, "means" text, "cardShown" text, "lastFour" text, "cardToken" text,
      "keepsCard" boolean, "keyId" text, "card" bytea, "cardEntry" text, "terminal" text, "merchant" text,
      "contractId" text, "ip" text, "trustsPayee" boolean, "language" text, "stuckAfterMs" float8)
    where p.home = r."home" and p.id = r."id" and p.state = 'created' and p.expires_at > clock_now()
      and r."home" between 0 and 1023
    returning ${tx.unsafe(COLUMNS)}`;
}

/** What a step writes beside the state; what is left out stays as it is. */
export type Move = PaymentKey & {
  /** Only in this try: one that was given up meanwhile has lost. */
  readonly tries?: number | undefined;
  readonly reason?: string | null | undefined;
  /** The jobs role looks again so long from now; null for never. */
  readonly nextMs: number | null;
  readonly confirmationId?: string | undefined;
  readonly exchangeId?: string | null | undefined;
  readonly authCode?: string | null | undefined;
  readonly rrn?: string | null | undefined;
  readonly exemption?: string | undefined;
  readonly askedMinor?: string | undefined;
  readonly completed?: string | undefined;
  /** A new end from now on. */
  readonly lifeMs?: number | undefined;
};

/**
 * Moves payments by one step, from the states that it goes out from and no other. Gives those that it won, as
 * they are now.
 */
export async function move(tx: Tx, name: StepName, rows: readonly Move[]): Promise<PaymentRow[]> {
  const { from, to }: { from: readonly PaymentState[]; to: PaymentState } = STEPS[name];
  const parameter = JSON.stringify(rows.toSorted(byKey));
  const erasesCard = to === 'created' || (ENDED.has(to) && to !== 'completed');
  return tx<PaymentRow[]>`
    update payment as p
    set state = ${to}, reason = r."reason",
      next_at = case when ${to === 'created'} then p.expires_at
        else clock_now() + r."nextMs" * interval '1 millisecond' end,
      confirmation_id = coalesce(r."confirmationId", p.confirmation_id),
      exchange_id = coalesce(r."exchangeId", p.exchange_id), auth_code = coalesce(r."authCode", p.auth_code),
      rrn = coalesce(r."rrn", p.rrn), exemption = coalesce(r."exemption", p.exemption),
      asked_minor = coalesce(r."askedMinor", p.asked_minor), completed = coalesce(r."completed", p.completed),
      card = case when ${erasesCard} then null else p.card end,
      payer = case when ${ENDED.has(to)} then null else p.payer end,
      expires_at = coalesce(clock_now() + r."lifeMs" * interval '1 millisecond', p.expires_at),
      ended_at = case when ${ENDED.has(to)} then clock_now() end
    from json_to_recordset(${parameter}::text::json) as r ("home" smallint, "id" text, "tries" smallint,
      "reason" text, "nextMs" float8, "confirmationId" text, "exchangeId" text, "authCode" text, "rrn" text,
      "exemption" text, "askedMinor" bigint, "completed" bigint, "lifeMs" float8)
    where p.home = r."home" and p.id = r."id" and p.state = any(${[...from]}::text[])
      and (r."tries" is null or p.tries = r."tries") and r."home" between 0 and 1023
    returning ${tx.unsafe(COLUMNS)}`;
}

/** What the jobs role must look at now, locked; nobody waits for rows that another process looks at. */
export async function claimDue(tx: Tx, max: number): Promise<PaymentRow[]> {
  return tx<PaymentRow[]>`
    select ${tx.unsafe(COLUMNS)} from payment p where p.next_at <= clock_now()
    order by p.next_at limit ${max}::int for update of p skip locked`;
}

export async function scheduleNext(tx: Tx, key: PaymentKey, nextMs: number | null): Promise<void> {
  await tx`
    update payment set next_at = clock_now() + ${nextMs}::float8 * interval '1 millisecond'
    where home = ${key.home} and id = ${key.id}`;
}

/**
 * The bank was certainly not reached, and is asked again. `anew`: by another question, for the one before is
 * decided. Nothing where somebody else went on.
 */
export async function askAgain(
  tx: Tx,
  { home, id, asks }: PaymentKey & Pick<PaymentRow, 'asks'>,
  anew: boolean,
  nextMs: number,
): Promise<void> {
  await tx`
    update payment set asks = asks + ${anew}::boolean::int,
      next_at = clock_now() + ${nextMs}::float8 * interval '1 millisecond'
    where home = ${home} and id = ${id} and state = 'executing' and asks = ${asks}`;
}

/** No bank can be asked with it any more. */
export async function eraseCard(tx: Tx, key: PaymentKey): Promise<void> {
  await tx`update payment set card = null, next_at = null where home = ${key.home} and id = ${key.id}`;
}

/** A completed payment's refunds, when one was done. */
export async function addRefunded(tx: Tx, key: PaymentKey, minor: bigint): Promise<PaymentRow[]> {
  return tx<PaymentRow[]>`
    update payment as p set refunded = p.refunded + ${String(minor)}::bigint
    where p.home = ${key.home} and p.id = ${key.id} and p.state = 'completed'
    returning ${tx.unsafe(COLUMNS)}`;
}

/** Those that a subscriber has begun, locked. */
export async function lockOfSubscriber(
  tx: Tx,
  tenantId: string,
  subscriberId: string,
): Promise<PaymentRow[]> {
  return tx<PaymentRow[]>`
    select ${tx.unsafe(COLUMNS)} from payment p where p.tenant_id = ${tenantId} and p.subscriber_id = ${subscriberId}
    order by p.home, p.id for update of p`;
}

/** Without the salt the log's commitments say nothing of anybody. */
export async function erasePayerOf(tx: Tx, tenantId: string, subscriberId: string): Promise<void> {
  await tx`
    update payment set payer = null, address = null, ip = null, salt = null, card_shown = null,
      card_last_four = null, card_token = null, keeps_card = false,
      card = case when state = 'executing' then card end
    where tenant_id = ${tenantId} and subscriber_id = ${subscriberId}`;
}

/** A mark for each payment that differs whenever what is shown of it does. */
export async function readMarks(
  db: Db,
  keys: readonly PaymentKey[],
): Promise<{ id: string; mark: string }[]> {
  return db<{ id: string; mark: string }[]>`
    select p.id, concat_ws('.', p.state, p.tries, p.reason, p.refunded, p.confirmation_id) as mark
    from json_to_recordset(${keysOf(keys)}::text::json) as k ("home" smallint, "id" text)
    join payment p on p.home = k."home" and p.id = k."id"
    where k."home" between 0 and 1023`;
}
