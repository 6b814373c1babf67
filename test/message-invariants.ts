import assert from 'node:assert/strict';
import type { Sql } from '../src/store/connection.ts';

/**
 * What must hold of registered messages whatever happened (M2 to M6, I5): each transition has exactly one
 * entry, by the names of ETSI EN 319 522-1; nothing is half accepted; mailboxes list what there is.
 */
type Told = { readonly type: string; readonly n: number | null; readonly reason: string | null };

type Row = {
  readonly id: string;
  readonly state: string;
  readonly acceptance: boolean;
  readonly registered: boolean;
  readonly handedOver: boolean;
  readonly erased: boolean;
  readonly keyless: boolean;
  readonly submissions: number;
  readonly readings: number;
  readonly proved: number;
  readonly sizeBytes: number;
  readonly filesBytes: number;
  /** Files that did not arrive whole, or whose chunks are not all there; and chunks of no file. */
  readonly brokenFiles: number;
  readonly strayChunks: number;
  readonly sentItems: number;
  readonly receivedItems: number;
  readonly openItems: number;
  readonly entries: readonly Told[];
};

const PENDING: ReadonlySet<string> = new Set(['waiting', 'accepted']);
const ENDS: ReadonlySet<string> = new Set(['handed_over', 'refused', 'recalled', 'expired']);

/** I7: whose deadline passed more than a minute ago, and is as it was. */
export async function readUnfinishedMessages(sql: Sql): Promise<readonly object[]> {
  return sql<object[]>`
    select id as subject, state from message
    where state in ('waiting', 'accepted') and expires_at < clock_now() - interval '60 seconds'
      or next_at < clock_now() - interval '60 seconds'
    union all
    select m.id, c.state from message m join confirmation c on c.id = m.submission_id
    where m.state = 'submitted' and c.state not in ('opened', 'sent')`;
}

export async function checkMessages(sql: Sql): Promise<void> {
  const rows = await readRows(sql);
  for (const row of rows) {
    checkEntries(row);
    checkContent(row);
    if (!row.erased) checkMailboxes(row);
  }
  await checkNotices(sql);
}

async function readRows(sql: Sql): Promise<Row[]> {
  return sql<Row[]>`
    select m.id, m.state, m.acceptance, m.accepted_at is not null as "registered",
      m.handed_over_at is not null as "handedOver", m.head is null as "erased", m.content_key is null as "keyless",
      m.submissions::int as "submissions", m.readings::int as "readings", m.size_bytes::float8 as "sizeBytes",
      (select count(*)::int from message_reading r
        where r.home = m.home and r.message_id = m.id and r.proved_at is not null) as "proved",
      (select coalesce(sum(f.size_bytes), 0)::float8 from message_file f
        where f.home = m.home and f.message_id = m.id) as "filesBytes",
      (select count(*)::int from message_file f where f.home = m.home and f.message_id = m.id
        and (not f.whole or f.chunks <> (select count(*) from message_chunk c
          where c.home = f.home and c.message_id = f.message_id and c.file_n = f.n))) as "brokenFiles",
      (select count(*)::int from message_chunk c where c.home = m.home and c.message_id = m.id
        and not exists (select from message_file f
          where f.home = c.home and f.message_id = c.message_id and f.n = c.file_n)) as "strayChunks",
      (select count(*)::int from mailbox_item i
        where i.message_home = m.home and i.message_id = m.id and i.box = 'sent') as "sentItems",
      (select count(*)::int from mailbox_item i
        where i.message_home = m.home and i.message_id = m.id and i.box = 'received') as "receivedItems",
      (select count(*)::int from mailbox_item i
        where i.message_home = m.home and i.message_id = m.id and i.box = 'received' and not i.done) as "openItems",
      coalesce((select json_agg(json_build_object('type', e.leaf::json->>'type', 'n', e.n, 'reason',
          e.leaf::json->>'reason') order by e.txid, e.seq)
        from entry e where e.home = m.home and e.subject_id = m.id), '[]') as "entries"
    from message m`;
}

function checkEntries(row: Row): void {
  const { id, state, acceptance, registered, submissions, readings, entries } = row;
  const of = (type: string, reason?: string): Told[] =>
    entries.filter((one) => one.type === type && (reason === undefined || one.reason === reason));
  const has = (type: string, count: number, reason?: string): void =>
    assert.equal(
      of(type, reason).length,
      count,
      `I5: ${type} of ${id}, ${state}: ${entries.map((one) => one.type).join(' ')}`,
    );
  assert.equal(registered, PENDING.has(state) || ENDS.has(state), `${id} is ${state}`);
  has('SubmissionAcceptance', registered ? 1 : 0);
  has('SubmissionRejection', submissions - (registered || state === 'submitted' ? 1 : 0));
  const accepted = of('ConsignmentAcceptance').length;
  assert.ok(accepted <= 1 && (!acceptance || state !== 'accepted' || accepted === 1), `${id}: accepted once`);
  if (state === 'handed_over' && acceptance) has('ConsignmentAcceptance', 1);
  has('ContentConsignment', registered && !acceptance ? 1 : accepted);
  has('ConsignmentRejection', state === 'refused' ? 1 : 0);
  has('ContentHandover', state === 'handed_over' ? 1 : 0);
  assert.equal(row.handedOver, state === 'handed_over', `${id} is ${state}`);
  const recalled = of('ContentHandoverFailure', 'recalled').length + of('ContentConsignmentFailure').length;
  assert.equal(recalled, state === 'recalled' ? 1 : 0, `I5: the recall of ${id}, ${state}`);
  const expired = of('ContentHandoverFailure', 'time_passed').length + of('AcceptanceRejectionExpiry').length;
  assert.equal(expired, state === 'expired' ? 1 : 0, `I5: the expiry of ${id}, ${state}`);
  has('ContentAccessTracking', readings);
  assert.equal(row.proved, readings, `${id}: each reading that was proved is counted`);
  for (const type of ['SubmissionRejection', 'ContentAccessTracking']) {
    const numbers = of(type).map(({ n }) => n);
    assert.equal(new Set(numbers).size, numbers.length, `I5: each ${type} of ${id} has a number of its own`);
  }
}

/** What was submitted is whole, and stays so until its key is gone, or damage is on record. */
function checkContent(row: Row): void {
  const { id, state, registered, keyless, entries } = row;
  if (keyless || (!registered && state !== 'submitted')) return;
  if (entries.some(({ reason }) => reason === 'damaged')) return;
  assert.equal(row.brokenFiles, 0, `${id}, ${state}, has all of its files`);
  assert.equal(row.strayChunks, 0, `${id}, ${state}, has nothing beside its files`);
  assert.equal(row.filesBytes, row.sizeBytes, `${id}, ${state}, is as large as what was confirmed`);
}

function checkMailboxes(row: Row): void {
  const { id, state, registered, submissions } = row;
  assert.equal(row.sentItems, submissions > 0 ? 1 : 0, `${id}, ${state}, in the mailbox of its sender`);
  assert.equal(row.receivedItems, registered ? 1 : 0, `${id}, ${state}, in the mailbox of its addressee`);
  assert.equal(row.openItems, PENDING.has(state) ? 1 : 0, `${id}, ${state}, waits as it is listed`);
}

const NOTIFIED = ['NotificationForAcceptance', 'ConsignmentNotification'];

/** Of each notice at most one entry says that it went out, and at most one that it did not. */
async function checkNotices(sql: Sql): Promise<void> {
  const failed = NOTIFIED.map((name) => `${name}Failure`);
  const rows = await sql<{ id: string; n: number; state: string; went: number; failed: number }[]>`
    select d.subject_id as id, d.n::int as n, d.state,
      count(*) filter (where e.leaf::json->>'type' = any(${NOTIFIED}::text[]))::int as went,
      count(*) filter (where e.leaf::json->>'type' = any(${failed}::text[]))::int as failed
    from dispatch d left join entry e on e.home = d.home and e.subject_id = d.subject_id and e.n = d.n
    where d.kind = 'notice' group by d.home, d.subject_id, d.n, d.state`;
  for (const { id, n, state, went, failed: failures } of rows) {
    const what = `I5: notice ${n} of ${id}, ${state}`;
    assert.ok(went <= 1 && failures <= 1, `${what}: told once`);
    if (state === 'accepted' || state === 'delivered') assert.equal(went, 1, what);
    if (state === 'queued' || state === 'leased') assert.equal(went + failures, 0, what);
  }
}
