import type { FindClient } from '../client/find.ts';
import type { Outbound } from '../http/outbound.ts';
import type { Clock } from '../std/clock.ts';
import type { KeyRing } from '../std/key-ring.ts';
import type { Log } from '../std/log.ts';
import type { Metrics } from '../std/metrics.ts';
import type { Random } from '../std/random.ts';
import type { Sql } from '../store/connection.ts';
import type { Wanted } from './wanted.ts';

/** What the verbs of this room work with; made once, in main. */
export type Context = {
  readonly sql: Sql;
  readonly keys: KeyRing;
  readonly clientOf: FindClient;
  readonly wanted: Wanted;
  readonly outbound: Outbound;
  /** Endpoints may be at private and loopback addresses, and there in clear. */
  readonly allowPrivate: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly log: Log;
};
