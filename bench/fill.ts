import type { Sql } from '../src/store/connection.ts';

/**
 * Stored confirmations made by SQL, to measure how the cost of one more depends on how many there are: each
 * with its dispatch, the guard of its address and an entry of the log, in the state in which a confirmed one
 * stays.
 */
const CHUNK = 100_000;

/** Rows number `from + 1` to `to`. Ids are well-formed, and homes are spread as digests spread them. */
export async function fill(sql: Sql, from: number, to: number, onChunk: (at: number) => void): Promise<void> {
  await sql`
    create or replace function bench_id(prefix text, home int, d text) returns text language sql immutable as $$
      select prefix || substr('0123456789abcdefghjkmnpqrstvwxyz', home / 32 + 1, 1)
        || substr('0123456789abcdefghjkmnpqrstvwxyz', home % 32 + 1, 1) || substr(d, 1, 24) $$`;
  for (let at = from; at < to; at = Math.min(to, at + CHUNK)) {
    await fillChunk(sql, at + 1, Math.min(to, at + CHUNK));
    onChunk(Math.min(to, at + CHUNK));
  }
}

/** Every statement derives the same rows from the same numbers. */
async function fillChunk(sql: Sql, first: number, last: number): Promise<void> {
  const rows = sql`(
    select i, home, d, bench_id('cnf_', home, d) as id, decode(substr(d, 1, 32), 'hex') as key
    from (select i, ('x' || substr(md5(i::text), 30, 3))::bit(12)::int >> 2 as home, md5(i::text) as d
          from generate_series(${first}::int, ${last}::int) as i) as numbered
    order by home, d
  ) as r`;
  await sql`
    insert into confirmation (home, id, tenant_id, client_id, subscriber_id, address_id, channel, address,
      address_source, assurance, guard_key, act, language, state, reason, session_number, session_hash, key_id, nonce,
      salt, issue, issued_at, digits, attempts, attempts_max, resends_max, resend_gap_ms, validity_ms, connected,
      created_at, expires_at, ended_at)
    select home, id, bench_id('ten_', 0, d), bench_id('cli_', 0, d), bench_id('sub_', home, d), bench_id('adr_', home, d),
      'sms', '+336' || lpad(i::text, 8, '0'), 'contract', 'restricted', key,
      '{"amount":{"currency":"EUR","value":"312.40"},"payee":{"name":"Acme"},"purpose":"transfer"}',
      'en', 'confirmed', 'right_code', -i, decode(d || d, 'hex'), 'k1', key, key, 0, t, 8, 1, 5, 3, 60000, 300000, false,
      t, t + interval '5 minutes', t + interval '20 seconds'
    from ${rows}, lateral (select clock_now() - interval '1 day' + i * interval '50 milliseconds' as t) as made`;
  await sql`
    insert into dispatch (home, subject_id, n, tenant_id, kind, channel, state, attempts, expires_at, ended_at, reference)
    select home, id, 0, bench_id('ten_', 0, d), 'code', 'sms', 'delivered', 1, clock_now(), clock_now(), substr(d, 1, 18)
    from ${rows}`;
  await sql`
    insert into guard (home, key, last_sent_at, hour_count, day_count)
    select home, key, clock_now(), 1, 1 from ${rows}`;
  await sql`
    insert into entry (home, subject_id, leaf)
    select home, id, '{"commitments":{"act":"' || d || '","address":"' || d || '","subscriber":"' || d
      || '"},"channel":"sms","id":"' || id || '","tenant":"' || bench_id('ten_', 0, d)
      || '","time":"2026-01-01T00:00:00.000Z","type":"ConfirmationConfirmed","v":1}'
    from ${rows}`;
}

/** What a long-running database has done by itself; without it the next measurement pays for the filling. */
export async function settleTables(sql: Sql): Promise<void> {
  for (const table of ['confirmation', 'dispatch', 'guard', 'entry']) {
    await sql.unsafe(`vacuum (analyze) ${table}`);
  }
  await sql`checkpoint`;
}

/** Waits until the sequencer has given every entry its place, so that its backlog is not measured. */
export async function logCaughtUp(sql: Sql): Promise<void> {
  for (;;) {
    const [row] = await sql<{ done: boolean | null }[]>`
      select (select (txid, seq) <= (cursor_txid, cursor_seq) from entry order by txid desc, seq desc limit 1) as done
      from log_state`;
    if (row?.done ?? true) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
