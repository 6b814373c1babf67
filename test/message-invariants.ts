import assert from 'node:assert/strict';
import type { MessageState } from '../src/message/message.ts';
import type { Sql } from '../src/store/connection.ts';

/** Which entries end the story of a message in each state, by the names of ETSI; exactly one of them is there (I5). */
const ENDINGS: Readonly<Partial<Record<MessageState, readonly string[]>>> = {
  handed_over: ['ContentHandover'],
  refused: ['ConsignmentRejection'],
  recalled: ['ContentHandoverFailure', 'ContentConsignmentFailure'],
  expired: ['ContentHandoverFailure', 'AcceptanceRejectionExpiry'],
};

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

/** I5: one acceptance of what was registered, one ending of what has ended, one tracking of each proved reading. */
export async function checkMessages(sql: Sql): Promise<void> {
  const all = new Set(Object.values(ENDINGS).flat());
  const rows = await sql<
    { id: string; state: MessageState; registered: boolean; readings: number; types: string[] }[]
  >`
    select m.id, m.state, m.accepted_at is not null as registered, m.readings::int as readings,
      coalesce(array_agg(e.leaf::json->>'type') filter (where e.leaf::json->>'reason' is distinct from 'damaged'), '{}')
        as types
    from message m left join entry e on e.home = m.home and e.subject_id = m.id group by m.home, m.id`;
  for (const { id, state, registered, readings, types } of rows) {
    const count = (name: string) => types.filter((type) => type === name).length;
    const endings = types.filter((type) => all.has(type));
    const expected = ENDINGS[state];
    assert.equal(
      endings.length,
      expected ? 1 : 0,
      `I5: the endings of ${id}, ${state}: ${endings.join(', ')}`,
    );
    assert.ok(!expected || expected.includes(endings[0] ?? ''), `I5: ${id}, ${state}: ${endings.join(', ')}`);
    assert.equal(count('SubmissionAcceptance'), registered ? 1 : 0, `I5: the acceptance of ${id}`);
    assert.equal(count('ContentAccessTracking'), readings, `I5: the readings of ${id}`);
  }
}
