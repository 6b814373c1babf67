/**
 * The typed client of Countersign's HTTP API. It needs `fetch` and no package: Node 20 or newer, a browser, a
 * worker.
 *
 *   const countersign = createCountersign({ baseUrl: 'https://countersign.example', apiKey });
 *   const opened = await countersign.confirmations.open({
 *     subscriber: { identifier: { value: 'ada@example.org' } },
 *     act: { purpose: 'transfer', amount: { value: '312.40', currency: 'EUR' }, payee: { name: 'Acme' } },
 *   });
 *   await countersign.confirmations.verify(opened.id, { code, session: opened.session.secret });
 *   const receipt = await countersign.confirmations.receipt(opened.id);
 *
 * Every call throws `CountersignProblem` when the server says no and `CountersignUnreachable` when it says
 * nothing.
 */
import { clientsOver, type Clients } from './clients.ts';
import { confirmationsOver, type Confirmations } from './confirmations.ts';
import { messagesOver, type Messages } from './messages.ts';
import { paymentsOver, type Payments } from './payments.ts';
import { subscribersOver, type Subscribers } from './subscribers.ts';
import { createTransport, type TransportOptions } from './transport.ts';
import { webhooksOver, type Webhooks } from './webhooks.ts';

export type Countersign = {
  readonly confirmations: Confirmations;
  /** Registered messages. */
  readonly messages: Messages;
  readonly payments: Payments;
  readonly subscribers: Subscribers;
  /** For the tenant's administrator: these calls need an administrator key. */
  readonly clients: Clients;
  /** For the tenant's administrator too. A receiver needs `verifyWebhook` (webhooks.ts) only. */
  readonly webhooks: Webhooks;
};

export function createCountersign(options: TransportOptions): Countersign {
  const transport = createTransport(options);
  return {
    confirmations: confirmationsOver(transport),
    messages: messagesOver(transport),
    payments: paymentsOver(transport),
    subscribers: subscribersOver(transport),
    clients: clientsOver(transport),
    webhooks: webhooksOver(transport),
  };
}
