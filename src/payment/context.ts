import type { Bank } from '../bank/host.ts';
import type { Client } from '../client/client.ts';
import type { Changes } from '../confirmation/changes.ts';
import type { Confirmations } from '../confirmation/confirmations.ts';
import type { Directory } from '../directory/resolve.ts';
import type { Clock } from '../std/clock.ts';
import type { KeyRing } from '../std/key-ring.ts';
import type { Log } from '../std/log.ts';
import type { Random } from '../std/random.ts';
import type { Store } from '../store/connection.ts';
import type { Publish } from '../webhook/publish.ts';
import type { PaymentParts } from './parts.ts';

/** What the verbs of this room work with; made once, in main. */
export type Context = {
  readonly store: Store;
  readonly directory: Directory;
  readonly confirmations: Confirmations;
  readonly bank: Bank;
  /** The rooms within this one: cards on file, exemptions, the trustee's contracts. */
  readonly parts: PaymentParts;
  readonly clientOf: (tenantId: string, clientId: string) => Promise<Client | null> | Client | null;
  readonly publish: Publish;
  /** Who follows a payment live is told here when it changes. */
  readonly changes: Changes;
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Where people reach the hosted pages, without a slash at the end. */
  readonly publicUrl: string;
};
