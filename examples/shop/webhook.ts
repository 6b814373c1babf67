/** What Countersign tells the shop: signed, or not believed; then the API is asked what it is about. */
import { CountersignWebhookInvalid, verifyWebhook } from '../../src/sdk/webhooks.ts';
import type { OrderStore } from './order-store.ts';
import type { Till } from './till.ts';

export type WebhookDoor = {
  readonly orders: OrderStore;
  readonly till: Till;
  readonly secret: string;
};

/** The status to answer with: anything but 2xx, and it is sent again. */
export async function receiveWebhook(
  { orders, till, secret }: WebhookDoor,
  body: Uint8Array,
  headers: Headers,
): Promise<204 | 400 | 503> {
  try {
    const event = await verifyWebhook({ body, headers, secret });
    const { id, payment } = event.data;
    const order = [id, payment]
      .map((one) => (typeof one === 'string' ? orders.byPayment(one) : null))
      .find((found) => found !== null);
    // Not ours, or a payment whose order we are still writing down; the poll finds those.
    if (!order) return 204;
    await till.refresh(order);
    return 204;
  } catch (error) {
    if (error instanceof CountersignWebhookInvalid) return 400;
    // The API does not answer just now. Let it come again.
    return 503;
  }
}
