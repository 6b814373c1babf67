/**
 * What one registered message writes from submission to handover, as naive statements: the same rows and the
 * same bytes, one row at a time, one transaction for each HTTP request and for each answer of the network. It
 * holds two confirmations, the sender's and the addressee's (floor-statements.ts), around the message's own.
 */
import { FLOOR_TRANSACTIONS } from './floor-statements.ts';

/** Bytes of the content; what is stored is longer by the seal. */
export const CONTENT_BYTES = 10_000;
const SEAL_BYTES = 16;

const MESSAGE = `'msg_' || lpad(to_hex(:m::bigint), 26, '0')`;
const SENDER = `decode(lpad(to_hex(:who::bigint), 32, '0'), 'hex')`;
const ADDRESSEE = `decode(lpad(to_hex(:to::bigint), 32, '0'), 'hex')`;
const OF_MESSAGE = `where home = :home::smallint and id = ${MESSAGE}`;
const CLIENT = `'cli_00000000000000000000000000'`;
const CONFIRMATIONS = [':r', ':q'] as const;

const bytes = (length: number): string => `decode(repeat('5a', ${length}), 'hex')`;
/** As many as the words of subject and name give. */
const TOKENS = `array(select generate_series(:m::bigint, :m::bigint + 19))`;

const entry = (type: string, committed: number): string => {
  const commitments = Array.from({ length: committed }, (_, n) => `"field${n}":"${'v'.repeat(43)}"`).join(
    ',',
  );
  const leaf = `{"client":"cli_00000000000000000000000000","commitments":{${commitments}},"id":"msg_00000000000000000000000000","tenant":"ten_00000000000000000000000000","time":"2026-01-01T00-00-00.000Z","type":"${type}","v":1}`;
  // pgbench takes a colon before a letter or digit for a variable.
  const text = leaf.replaceAll(/:(?=\w)/g, ': ');
  return `insert into entry (home, subject_id, n, leaf) values (:home::smallint, ${MESSAGE}, null, '${text}')`;
};

const item = (box: string, key: string): string =>
  `insert into mailbox_item (home, party_key, client_id, box, at, message_home, message_id, tokens)
   values (:home::smallint, ${key}, ${CLIENT}, '${box}', clock_now(), :home::smallint, ${MESSAGE}, ${TOKENS})`;

const DRAFT = [
  `insert into message (home, id, tenant_id, client_id, state, acceptance, language, notify_sender, sender_key,
     addressee_key, key_id, head, content_key, salt, expires_after_ms, created_at, next_at)
   values (:home::smallint, ${MESSAGE}, 'ten_00000000000000000000000000', ${CLIENT}, 'draft', false, 'en', false,
     ${SENDER}, ${ADDRESSEE}, 'k1', ${bytes(700)}, ${bytes(60)}, ${bytes(16)}, 604800000, clock_now(),
     clock_now() + interval '1 day')`,
  `insert into message_file (home, message_id, n, salt, head, size_bytes, chunks, whole)
   values (:home::smallint, ${MESSAGE}, 0, ${bytes(16)}, ${bytes(200)}, ${CONTENT_BYTES}, 1, true)`,
  `insert into message_chunk (home, message_id, file_n, n, sealed)
   values (:home::smallint, ${MESSAGE}, 0, 0, ${bytes(CONTENT_BYTES + SEAL_BYTES)})`,
];

const SUBMITTED = [
  `update message set state = 'submitted', submission_id = to_hex(:m::bigint), submissions = 1, head = ${bytes(900)},
     digest = ${bytes(32)}, size_bytes = ${CONTENT_BYTES}, next_at = null ${OF_MESSAGE} and state = 'draft'`,
  item('sent', SENDER),
];

const REGISTERED = [
  `update message set state = 'waiting', notices = 1, accepted_at = clock_now(),
     expires_at = clock_now() + interval '7 days', next_at = clock_now() + interval '1 day'
   ${OF_MESSAGE} and state = 'submitted'`,
  item('received', ADDRESSEE),
  `insert into dispatch (home, subject_id, n, tenant_id, kind, channel, state, attempts, due_at, expires_at)
   values (:home::smallint, ${MESSAGE}, 0, 'ten_00000000000000000000000000', 'notice', 'sms', 'queued', 0, clock_now(),
     clock_now() + interval '1 day')`,
  entry('SubmissionAcceptance', 8),
  entry('ContentConsignment', 8),
];

const NOTIFIED = [
  `update dispatch set state = 'accepted', attempts = 1, due_at = null, reference = 'n' || to_hex(:m::bigint)
   where home = :home::smallint and subject_id = ${MESSAGE} and n = 0`,
  entry('DispatchAccepted', 2),
  entry('ConsignmentNotification', 8),
];

const NOTICE_DELIVERED = [
  `update dispatch set state = 'delivered', ended_at = clock_now()
   where reference = 'n' || to_hex(:m::bigint) and state = 'accepted' and channel = 'sms'`,
  entry('DispatchDelivered', 0),
];

const READING = [
  `insert into message_reading (confirmation_id, home, message_id, session_hash, opened_at)
   values ('cnf_' || lpad(to_hex(:q::bigint), 26, '0'), :home::smallint, ${MESSAGE}, ${bytes(32)}, clock_now())`,
];

const PROVED = [
  `update message_reading set proved_at = clock_now(), n = 0
   where confirmation_id = 'cnf_' || lpad(to_hex(:q::bigint), 26, '0')`,
  `update message set readings = readings + 1 ${OF_MESSAGE}`,
  entry('ContentAccessTracking', 8),
];

const HANDED_OVER = [
  `select * from message ${OF_MESSAGE} for update`,
  `update message set state = 'handed_over', handed_over_at = clock_now(), ended_at = clock_now(), next_at = null
   ${OF_MESSAGE} and state = 'waiting'`,
  `update message_reading set handed_at = clock_now()
   where confirmation_id = 'cnf_' || lpad(to_hex(:q::bigint), 26, '0')`,
  `update mailbox_item set done = true where home = :home::smallint and party_key = ${ADDRESSEE}
     and client_id = ${CLIENT} and box = 'received' and message_id = ${MESSAGE}`,
  entry('ContentHandover', 8),
];

const FETCHED = [
  `select * from message_file where home = :home::smallint and message_id = ${MESSAGE}`,
  `select sealed from message_chunk where home = :home::smallint and message_id = ${MESSAGE} and file_n = 0`,
];

/** A confirmation with what the message room writes in its first and its last transaction. */
function confirmation(
  id: (typeof CONFIRMATIONS)[number],
  opening: readonly string[],
  ending: readonly string[],
): (readonly string[])[] {
  const own = FLOOR_TRANSACTIONS.map((statements) =>
    statements.map((statement) => statement.replaceAll(/:r\b/g, id)),
  );
  return own.map((statements, n) => {
    if (n === 0) return [...statements, ...opening];
    return n === own.length - 1 ? [...statements, ...ending] : statements;
  });
}

/** The transactions of one registered message, in their order. */
export const MESSAGE_FLOOR_TRANSACTIONS: readonly (readonly string[])[] = [
  DRAFT,
  ...confirmation(':r', SUBMITTED, REGISTERED),
  NOTIFIED,
  NOTICE_DELIVERED,
  ...confirmation(':q', READING, PROVED),
  HANDED_OVER,
  FETCHED,
];
