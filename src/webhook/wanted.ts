/**
 * Which endpoints want which events: `publish` asks it for each event, so it is kept in memory for a second.
 *
 *   "*"            every event
 *   "message.*"    every event whose type begins with "message."
 *   "message.Ended"    exactly this type
 *
 * A change made in this process is seen at once, one made in another a second later.
 */
import { monotonicMs } from '../std/clock.ts';
import type { Tx } from '../store/connection.ts';
import { activeEndpoints, type WantingEndpoint } from './outbox-store.ts';

export type Wanted = {
  /** The active endpoints of the tenant as they were read in the last second, or null. No statement. */
  readonly known: (tenantId: string) => readonly WantingEndpoint[] | null;
  readonly of: (tx: Tx, tenantId: string) => Promise<readonly WantingEndpoint[]>;
  /** After an endpoint of the tenant changed. */
  readonly forget: (tenantId: string) => void;
};

const FRESH_MS = 1_000;
const ENTRIES_MAX = 10_000;

export function createWanted(): Wanted {
  const cached = new Map<string, { endpoints: readonly WantingEndpoint[]; freshUntilMs: number }>();
  let forgotten = 0;

  function known(tenantId: string): readonly WantingEndpoint[] | null {
    const found = cached.get(tenantId);
    return found && monotonicMs() < found.freshUntilMs ? found.endpoints : null;
  }

  return {
    known,
    /**
     * On the connection of the caller: asking for a second one while holding the first is how pools run dry.
     */
    of: async (tx, tenantId) => {
      const found = known(tenantId);
      if (found) return found;
      const freshUntilMs = monotonicMs() + FRESH_MS;
      const before = forgotten;
      const endpoints = await activeEndpoints(tx, tenantId);
      // A change that was made meanwhile may be missing in what was read.
      if (before !== forgotten) return endpoints;
      cached.delete(tenantId);
      for (const oldest of cached.keys()) {
        if (cached.size < ENTRIES_MAX) break;
        cached.delete(oldest);
      }
      cached.set(tenantId, { endpoints, freshUntilMs });
      return endpoints;
    },
    forget: (tenantId) => {
      forgotten++;
      cached.delete(tenantId);
    },
  };
}

/** Whether an endpoint asked for events of this type and client. */
export function wants(
  endpoint: WantingEndpoint,
  event: { readonly type: string; readonly clientId: string },
): boolean {
  if (endpoint.clientId !== null && endpoint.clientId !== event.clientId) return false;
  return endpoint.types.some((pattern) => matches(pattern, event.type));
}

function matches(pattern: string, type: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type;
}
