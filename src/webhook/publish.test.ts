import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { makeTenant, type TestTenant } from '../../test/tenant.ts';
import { newId } from '../std/id.ts';
import { systemRandom } from '../std/random.ts';
import type { Tx } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { createPublish, type NewEvent } from './publish.ts';
import { insertEndpoint } from './store.ts';
import { createWanted } from './wanted.ts';

let database: TestDatabase;
let tenant: TestTenant;
before(async () => {
  database = await openTestDatabase();
  tenant = await makeTenant(database.store.sql);
});
after(() => database[Symbol.asyncDispose]());

function eventOf(more: Partial<NewEvent> = {}): NewEvent {
  const subjectId = newId('cnf', 700, 1_000, systemRandom);
  const { tenantId, clientId } = tenant;
  return { tenantId, clientId, type: 'confirmation.opened', subjectId, data: { id: subjectId }, ...more };
}

function addEndpoint(id: string, types: string[], clientId: string | null = null): Promise<unknown> {
  const fields = {
    id,
    tenantId: tenant.tenantId,
    clientId,
    url: 'https://shop.example/',
    description: '',
    types,
  };
  return transaction(database.store.sql, (tx) =>
    insertEndpoint(tx, { ...fields, keyId: 'k1', secret: Buffer.alloc(60) }),
  );
}

/** A transaction that counts its statements. */
function counted(tx: Tx): { tx: Tx; statements: () => number } {
  let statements = 0;
  const counting = new Proxy(tx, {
    apply: (target, self, parts: Parameters<Tx>) => {
      statements++;
      return Reflect.apply(target, self, parts) as unknown;
    },
  });
  return { tx: counting, statements: () => statements };
}

test('where nobody listens, nothing is asked of the database, and nobody makes what would be told', async () => {
  const publish = createPublish(createWanted());
  const untold = () => assert.fail('it was made');
  const counts = await transaction(database.store.sql, async (tx) => {
    const { tx: counting, statements } = counted(tx);
    await publish(counting, [eventOf({ data: untold })]);
    const first = statements();
    await publish(counting, [eventOf({ data: untold }), eventOf({ data: untold })]);
    await publish(counting, []);
    return [first, statements()];
  });
  assert.deepEqual(counts, [1, 1]);
});

test('an event is written once, with a delivery for each endpoint that wants it, at the home of its subject', async () => {
  const { sql } = database.store;
  await addEndpoint('whk_all', ['*']);
  await addEndpoint('whk_type', ['message.*', 'confirmation.opened']);
  await addEndpoint('whk_own', ['confirmation.*'], tenant.clientId);
  await addEndpoint('whk_none', ['confirmation.open', 'confirmation']);
  const publish = createPublish(createWanted());
  const told = eventOf();
  await transaction(sql, (tx) => publish(tx, [told, eventOf({ type: 'other.thing', clientId: 'cli_x' })]));
  const rows = await sql<{ home: number; type: string; body: string; endpoints: string[] }[]>`
    select e.home::int as home, e.type, e.body, array_agg(d.endpoint_id order by d.endpoint_id) as endpoints
    from webhook_event e join webhook_delivery d on d.home = e.home and d.event_id = e.id
    where d.state = 'waiting' and d.due_at <= clock_now()
    group by e.home, e.id, e.type, e.body order by e.type`;
  assert.deepEqual(
    rows.map(({ home, type, endpoints }) => [home, type, endpoints]),
    [
      [700, 'confirmation.opened', ['whk_all', 'whk_own', 'whk_type']],
      [700, 'other.thing', ['whk_all']],
    ],
  );
  const body = JSON.parse(rows[0]?.body ?? '') as Record<string, unknown>;
  assert.deepEqual(Object.keys(body), ['type', 'timestamp', 'data']);
  assert.deepEqual([body['type'], body['data']], ['confirmation.opened', { id: told.subjectId }]);
  assert.match(String(body['timestamp']), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test('what is rolled back is never told', async () => {
  const { sql } = database.store;
  const publish = createPublish(createWanted());
  const undone = eventOf({ type: 'undone.thing' });
  await assert.rejects(
    transaction(sql, async (tx) => {
      await publish(tx, [undone]);
      throw new Error('it did not happen');
    }),
    /did not happen/,
  );
  assert.equal((await sql`select 1 from webhook_event where type = 'undone.thing'`).length, 0);
});

test('a change made in this process is seen at once', async () => {
  const { sql } = database.store;
  const wanted = createWanted();
  const { tenantId } = tenant;
  const before = await transaction(sql, (tx) => wanted.of(tx, tenantId));
  await addEndpoint('whk_new', ['*']);
  assert.deepEqual(wanted.known(tenantId), before);
  wanted.forget(tenantId);
  assert.equal(wanted.known(tenantId), null);
  const found = await transaction(sql, (tx) => wanted.of(tx, tenantId));
  assert.equal(found.length, before.length + 1);
});

test('what was being read while it changed is not kept', async () => {
  const wanted = createWanted();
  const { tenantId } = tenant;
  await transaction(database.store.sql, async (tx) => {
    const reading = wanted.of(tx, tenantId);
    wanted.forget(tenantId);
    assert.notEqual((await reading).length, 0);
  });
  assert.equal(wanted.known(tenantId), null);
});
