import { base32 } from '../../src/std/id.ts';
import type { Random } from '../../src/std/random.ts';
import type { DoorName } from './doors.ts';

/**
 * The demo's own sessions, in memory: which confirmations a browser has begun, and what was granted to it.
 *
 *   (cookie) ──begin──▶ begun ──the API says confirmed──▶ granted ──sign out──▶ (nothing)
 */
export type Begun = {
  readonly door: DoorName;
  readonly identifier: string;
  /** The hosted page of the confirmation, to go on there. */
  readonly page: string;
  granted: boolean;
};

export type DemoSession = { readonly id: string; readonly begun: Map<string, Begun> };

export type DemoSessions = {
  readonly find: (id: string | undefined) => DemoSession | null;
  readonly open: () => DemoSession;
  readonly close: (session: DemoSession) => void;
};

const SESSION_BYTES = 20;
const SESSIONS_MAX = 1000;
const BEGUN_MAX = 20;

/** Bounded: the oldest session makes room for the newest. */
export function createDemoSessions(random: Random): DemoSessions {
  const sessions = new Map<string, DemoSession>();
  return {
    find: (id) => (id === undefined ? null : (sessions.get(id) ?? null)),
    open: () => {
      const session: DemoSession = { id: base32(random(SESSION_BYTES)), begun: new Map() };
      sessions.set(session.id, session);
      dropOldest(sessions, SESSIONS_MAX);
      return session;
    },
    close: (session) => void sessions.delete(session.id),
  };
}

export function begin(session: DemoSession, confirmation: string, begun: Begun): void {
  session.begun.set(confirmation, begun);
  dropOldest(session.begun, BEGUN_MAX);
}

/** What was granted last through a door, with the confirmation that granted it. */
export function grantedThrough(
  session: DemoSession | null,
  door: DoorName,
): { id: string; begun: Begun } | null {
  const granted = [...(session?.begun ?? [])].findLast(([, begun]) => begun.granted && begun.door === door);
  return granted ? { id: granted[0], begun: granted[1] } : null;
}

function dropOldest(map: Map<string, unknown>, max: number): void {
  for (const key of map.keys()) {
    if (map.size <= max) return;
    map.delete(key);
  }
}
