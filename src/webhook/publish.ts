/**
 * Writes down what happened, for the endpoints that want to know it, in the transaction of what happened
 * (outbox): what is rolled back is never told, and what is committed is told at least once.
 *
 *   publish (in the caller's transaction) ──commit──▶ NOTIFY ──▶ the deliverer of the role jobs
 *
 * Where no endpoint wants it, and that was read in the last second, nothing is asked of the database at all.
 */
import type { JsonObject } from '../evidence/json.ts';
import { isoTime, systemClock } from '../std/clock.ts';
import { homeOf, newId } from '../std/id.ts';
import { systemRandom } from '../std/random.ts';
import type { Tx } from '../store/connection.ts';
import { insertDeliveries, insertEvents, type NewDelivery, type NewEventRow } from './outbox-store.ts';
import { wants, type Wanted } from './wanted.ts';

export type NewEvent = {
  readonly tenantId: string;
  readonly clientId: string;
  /** `confirmation.<state>`, `message.<name of ETSI EN 319 522>`, `declaration.received`. */
  readonly type: string;
  /** The id of what it happened to; its home is the home of the event. */
  readonly subjectId: string;
  /**
   * What is told: ids, states, masked addresses; never a code. A function is called only when somebody wants
   * the event.
   */
  readonly data: JsonObject | (() => JsonObject);
};

export type Publish = (tx: Tx, events: readonly NewEvent[]) => Promise<void>;

/** Told at the commit of events, to whoever delivers them. */
export const WEBHOOK_CHANNEL = 'countersign_webhook';

const NOTHING = Promise.resolve();

export function createPublish(wanted: Wanted): Publish {
  async function write(tx: Tx, events: readonly NewEvent[]): Promise<void> {
    const rows: NewEventRow[] = [];
    const deliveries: NewDelivery[] = [];
    for (const event of events) {
      const endpoints = await wanted.of(tx, event.tenantId);
      const wanting = endpoints.filter((endpoint) => wants(endpoint, event));
      if (wanting.length === 0) continue;
      const row = eventRow(event);
      rows.push(row);
      for (const { id } of wanting) deliveries.push(deliveryOf(row, id));
    }
    if (rows.length > 0) await writeEvents(tx, rows, deliveries);
  }

  return (tx, events) => {
    const nobody = events.every(({ tenantId }) => wanted.known(tenantId)?.length === 0);
    return nobody ? NOTHING : write(tx, events);
  };
}

/** For one endpoint, whatever it asked for. Gives the ids of the event and of its delivery. */
export async function publishTo(
  tx: Tx,
  endpointId: string,
  event: NewEvent,
): Promise<{ eventId: string; deliveryId: string }> {
  const row = eventRow(event);
  const delivery = deliveryOf(row, endpointId);
  await writeEvents(tx, [row], [delivery]);
  return { eventId: row.id, deliveryId: delivery.id };
}

async function writeEvents(
  tx: Tx,
  rows: readonly NewEventRow[],
  deliveries: readonly NewDelivery[],
): Promise<void> {
  await Promise.all([
    insertEvents(tx, rows),
    insertDeliveries(tx, deliveries),
    tx`select pg_notify(${WEBHOOK_CHANNEL}, '')`.execute(),
  ]);
}

/** The text is made once: each attempt sends and signs the same bytes. */
function eventRow({ tenantId, type, subjectId, data }: NewEvent): NewEventRow {
  const nowMs = systemClock.nowMs();
  const home = homeOf(subjectId.slice(0, Math.max(0, subjectId.indexOf('_'))), subjectId) ?? 0;
  const told = typeof data === 'function' ? data() : data;
  const body = JSON.stringify({ type, timestamp: isoTime(nowMs), data: told });
  return { home, id: newId('evt', home, nowMs, systemRandom), tenantId, type, body };
}

function deliveryOf(event: NewEventRow, endpointId: string): NewDelivery {
  const { home, id: eventId } = event;
  return { home, id: newId('whd', home, systemClock.nowMs(), systemRandom), eventId, endpointId };
}
