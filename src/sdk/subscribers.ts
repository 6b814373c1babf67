import { pathOf, queryOf, type CallOptions, type Transport } from './transport.ts';
import type {
  Address,
  NewAddress,
  NewSubscriber,
  Page,
  PageQuery,
  Subscriber,
  SubscriberChange,
} from './types.ts';

export type Subscribers = {
  readonly create: (input: NewSubscriber, options?: CallOptions) => Promise<Subscriber>;
  /** With `identifier`, only who is known by it. */
  readonly list: (
    query?: PageQuery & { identifier?: string; kind?: string },
    options?: CallOptions,
  ) => Promise<Page<Subscriber>>;
  readonly get: (id: string, options?: CallOptions) => Promise<Subscriber>;
  readonly change: (id: string, input: SubscriberChange, options?: CallOptions) => Promise<Subscriber>;
  /** Erases the personal data; the evidence stays and names nobody any more. */
  readonly erase: (id: string, options?: CallOptions) => Promise<void>;
  readonly addresses: {
    readonly add: (subscriberId: string, input: NewAddress, options?: CallOptions) => Promise<Address>;
    readonly list: (subscriberId: string, options?: CallOptions) => Promise<{ items: Address[] }>;
    readonly remove: (subscriberId: string, addressId: string, options?: CallOptions) => Promise<void>;
  };
};

const ROOT = ['v1', 'subscribers'] as const;

export function subscribersOver({ send }: Transport): Subscribers {
  return {
    create: (input, options) => send('POST', pathOf(...ROOT), input, options),
    list: (query = {}, options) => send('GET', pathOf(...ROOT) + queryOf(query), undefined, options),
    get: (id, options) => send('GET', pathOf(...ROOT, id), undefined, options),
    change: (id, input, options) => send('PATCH', pathOf(...ROOT, id), input, options),
    erase: (id, options) => send('DELETE', pathOf(...ROOT, id), undefined, options),
    addresses: {
      add: (id, input, options) => send('POST', pathOf(...ROOT, id, 'addresses'), input, options),
      list: (id, options) => send('GET', pathOf(...ROOT, id, 'addresses'), undefined, options),
      remove: (id, addressId, options) =>
        send('DELETE', pathOf(...ROOT, id, 'addresses', addressId), undefined, options),
    },
  };
}
