import type { Client } from '../client/client.ts';
import type { Directory } from '../directory/resolve.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Clock } from '../std/clock.ts';
import type { KeyRing } from '../std/key-ring.ts';
import type { Log } from '../std/log.ts';
import type { Metrics } from '../std/metrics.ts';
import type { Random } from '../std/random.ts';
import type { Store } from '../store/connection.ts';
import type { Publish } from '../webhook/publish.ts';
import type { Admission } from './admission.ts';
import type { Changes } from './changes.ts';
import type { Outcomes } from './outcomes.ts';
import type { Policy } from './policy.ts';
import type { SessionNumbers } from './session.ts';

/** What the verbs of this room work with; made once, in main. */
export type Context = {
  readonly store: Store;
  readonly directory: Directory;
  readonly gateway: Gateway;
  /** Whether a gateway runs in this process; otherwise dispatches are left for others, who are woken. */
  readonly gatewayIsLocal: boolean;
  readonly admission: Admission;
  readonly changes: Changes;
  /** The rooms that carry out what is confirmed. */
  readonly outcomes: Outcomes;
  /** Tells the webhooks of a tenant what happened. */
  readonly publish: Publish;
  readonly sessionNumbers: SessionNumbers;
  readonly policyOf: (tenantId: string) => Promise<Policy> | Policy;
  readonly clientOf: (tenantId: string, clientId: string) => Promise<Client | null> | Client | null;
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly log: Log;
};
