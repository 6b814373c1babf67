/** The room as others use it: its verbs over one context. */
import { createOutbound, type Outbound } from '../http/outbound.ts';
import type { Context } from './context.ts';
import { createDeliverer, type Deliverer } from './deliverer.ts';
import { createPublish, type Publish } from './publish.ts';
import { createWanted } from './wanted.ts';

export type Webhooks = {
  readonly context: Context;
  /** For other rooms, in the transaction of what happened. */
  readonly publish: Publish;
  readonly deliverer: Deliverer;
};

export type WebhooksOptions = Omit<Context, 'wanted' | 'outbound'> & {
  /** Absent: one of its own. Closed with the deliverer. */
  readonly outbound?: Outbound;
};

export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { outbound = createOutbound({ allowPrivate: options.allowPrivate }) } = options;
  const context: Context = { ...options, outbound, wanted: createWanted() };
  return { context, publish: createPublish(context.wanted), deliverer: createDeliverer(context) };
}
