/**
 * What one confirmation writes, as naive statements: one row at a time, one transaction for each HTTP
 * request, for the network's answer and for its receipt. Names after a colon are variables that differ from
 * one confirmation to the next:
 *
 *   :r       40 random bits, the id          :home    0 to 1023          :who    the person
 *   :client_id    the number of the client of the benchmark, from pgbench itself
 *
 * The counters of sending limits are one row for each client of the benchmark, where the service has one for
 * all: the floor must not lose time to clients that queue for one row.
 */
const ID = `'cnf_' || lpad(to_hex(:r::bigint), 26, '0')`;
const KEY = `decode(lpad(to_hex(:who::bigint), 32, '0'), 'hex')`;
const OF_SUBJECT = `where home = :home::smallint and`;

const bytes = (length: number): string => `decode(repeat('5a', ${length}), 'hex')`;
const hash = 'vVvVaBeYw3gqW1nWbYxq5Oj0l9v3V2c6q8mJt7nR4sE';

function leaf(type: string, committed: readonly string[], facts: string): string {
  const commitments = committed.map((name) => `"${name}":"${hash}"`).join(',');
  // pgbench takes a colon before a letter or digit for a variable.
  const shown = facts.replaceAll(/:(?=\w)/g, ': ');
  const ids = `"id":"cnf_00000000000000000000000000","tenant":"ten_00000000000000000000000000"`;
  return `'{"commitments":{${commitments}},${shown},${ids},"time":"2026-01-01T00-00-00.000Z","type":"${type}","v":1}'`;
}

const ACT = ['act', 'address', 'sessionNumber', 'subscriber'] as const;
const CHANNEL = '"assurance":"restricted","channel":"sms","client":"cli_00000000000000000000000000"';
const SECURED = `"addressSource":"contract",${CHANNEL},"connected":false,"digits":8,"secured":"default","validityMs":300000`;
const entry = (text: string): string =>
  `insert into entry (home, subject_id, n, leaf) values (:home::smallint, ${ID}, null, ${text})`;

const counters = ['prefix', 'ip', 'client', 'country'].map(
  (name) => `insert into sending_counter as s (bucket, window_start, count)
   values ('${name}' || :client_id::text, date_trunc('hour', clock_now()), 1)
   on conflict (bucket, window_start) do update set count = s.count + excluded.count`,
);

const OPEN = [
  `insert into confirmation (home, id, tenant_id, client_id, subscriber_id, address_id, channel, address,
     address_source, assurance, guard_key, act, language, state, session_number, session_hash, key_id, nonce, salt,
     issue, issued_at, digits, attempts_max, resends_max, resend_gap_ms, validity_ms, connected, created_at, expires_at)
   values (:home::smallint, ${ID}, 'ten_00000000000000000000000000', 'cli_00000000000000000000000000',
     'sub_00000000000000000000000000', 'adr_00000000000000000000000000', 'sms', '+33612345678', 'contract',
     'restricted', ${KEY}, '{"amount":{"currency":"EUR","value":"312.40"},"payee":{"name":"Acme"},"purpose":"transfer"}',
     'en', 'opened', :r::bigint, ${bytes(32)}, 'k1', ${bytes(16)}, ${bytes(16)}, 0, clock_now(), 8, 5, 3, 60000, 300000,
     false, clock_now(), clock_now() + interval '5 minutes')`,
  `insert into dispatch (home, subject_id, n, tenant_id, kind, channel, state, attempts, due_at, expires_at)
   values (:home::smallint, ${ID}, 0, 'ten_00000000000000000000000000', 'code', 'sms', 'leased', 1,
     clock_now() + interval '15 seconds', clock_now() + interval '5 minutes')`,
  entry(leaf('ConfirmationOpened', ACT, SECURED)),
  `insert into guard as g (home, key, last_sent_at, hour_count, day_count)
   values (:home::smallint, ${KEY}, clock_now(), 1, 1)
   on conflict (home, key) do update set last_sent_at = excluded.last_sent_at, hour_count = g.hour_count + 1,
     day_count = g.day_count + 1`,
  ...counters,
];

const SETTLE = [
  `update dispatch set state = 'accepted', due_at = null, reference = to_hex(:r::bigint)
   ${OF_SUBJECT} subject_id = ${ID} and n = 0 and state = 'leased'`,
  `update confirmation set state = 'sent' ${OF_SUBJECT} id = ${ID} and state = 'opened'`,
  entry(
    leaf('DispatchAccepted', ['address', 'text'], '"assurance":"restricted","attempts":1,"channel":"sms"'),
  ),
];

const RECEIPT = [
  `update dispatch set state = 'delivered', ended_at = clock_now()
   where reference = to_hex(:r::bigint) and state = 'accepted' and channel = 'sms'`,
  entry(leaf('DispatchDelivered', [], '"channel":"sms","kind":"code"')),
];

const VERIFY = [
  `select c.*, g.* from confirmation c left join guard g on g.home = c.home and g.key = c.guard_key
   where c.home = :home::smallint and c.id = ${ID} for update of c`,
  `update confirmation set attempts = attempts + 1, state = 'confirmed', reason = 'right_code', ended_at = clock_now()
   ${OF_SUBJECT} id = ${ID} and state in ('opened', 'sent')`,
  entry(leaf('ConfirmationConfirmed', ACT, `"attempts":1,${CHANNEL},"issue":0`)),
  `update sending_counter set count = greatest(count - 1, 0)
   where bucket = 'country' || :client_id::text and window_start = date_trunc('hour', clock_now())`,
];

/** The transactions of one confirmation, in their order. */
export const FLOOR_TRANSACTIONS: readonly (readonly string[])[] = [OPEN, SETTLE, RECEIPT, VERIFY];
