import { pathOf, queryOf, type CallOptions, type Transport } from './transport.ts';
import type {
  ApiKey,
  Client,
  ClientChange,
  MadeApiKey,
  NewApiKey,
  NewClient,
  Page,
  PageQuery,
} from './types.ts';

export type Clients = {
  readonly create: (input: NewClient, options?: CallOptions) => Promise<Client>;
  readonly list: (query?: PageQuery, options?: CallOptions) => Promise<Page<Client>>;
  readonly get: (id: string, options?: CallOptions) => Promise<Client>;
  readonly change: (id: string, input: ClientChange, options?: CallOptions) => Promise<Client>;
  /** All of its keys are refused from then on. */
  readonly disable: (id: string, options?: CallOptions) => Promise<void>;
  readonly keys: {
    /** The key's text is in this answer only. */
    readonly create: (clientId: string, input?: NewApiKey, options?: CallOptions) => Promise<MadeApiKey>;
    readonly list: (clientId: string, options?: CallOptions) => Promise<{ items: ApiKey[] }>;
    readonly revoke: (clientId: string, keyId: string, options?: CallOptions) => Promise<void>;
  };
};

const ROOT = ['v1', 'clients'] as const;

export function clientsOver({ send }: Transport): Clients {
  return {
    create: (input, options) => send('POST', pathOf(...ROOT), input, options),
    list: (query = {}, options) => send('GET', pathOf(...ROOT) + queryOf(query), undefined, options),
    get: (id, options) => send('GET', pathOf(...ROOT, id), undefined, options),
    change: (id, input, options) => send('PATCH', pathOf(...ROOT, id), input, options),
    disable: (id, options) => send('DELETE', pathOf(...ROOT, id), undefined, options),
    keys: {
      create: (id, input = {}, options) => send('POST', pathOf(...ROOT, id, 'keys'), input, options),
      list: (id, options) => send('GET', pathOf(...ROOT, id, 'keys'), undefined, options),
      revoke: (id, keyId, options) => send('DELETE', pathOf(...ROOT, id, 'keys', keyId), undefined, options),
    },
  };
}
