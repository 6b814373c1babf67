/**
 * Registered messages, from the draft to the certificate.
 *
 *   const draft = await countersign.messages.create({
 *     sender: { identifier: { value: 'ada' } }, addressee: { number: '+33612345678' }, subject: 'Notice to quit',
 *   });
 *   await countersign.messages.upload(draft.id, 1, pdf, { name: 'notice.pdf', type: 'application/pdf' });
 *   const { page } = await countersign.messages.submit(draft.id);     // send the sender there; then he has signed
 *   const reading = await countersign.messages.openReading(draft.id); // and so the addressee
 *   const handed = await countersign.messages.handOver(draft.id, { reading: reading.id, session });
 */
import { follow } from './follow.ts';
import { progressOf, type Progress } from './progress.ts';
import { pathOf, queryOf, type CallOptions, type StreamOptions, type Transport } from './transport.ts';
import {
  ENDED_MESSAGE_STATES,
  type HandedOverMessage,
  type Message,
  type MessageChange,
  type MessageFile,
  type MessageQuery,
  type MessageReading,
  type MessageStory,
  type NewMessage,
} from './message-types.ts';
import type { OpenedConfirmation, Page, Receipt } from './types.ts';

export type Upload = {
  readonly name: string;
  /** One of those that the server takes, such as application/pdf. */
  readonly type: string;
  /** Told again and again how many bytes are on their way. */
  readonly onProgress?: Progress;
  readonly signal?: AbortSignal;
};

export type Messages = {
  readonly create: (input: NewMessage, options?: CallOptions) => Promise<Message>;
  readonly get: (id: string, options?: CallOptions) => Promise<MessageStory>;
  /** A person's mailbox, newest first. */
  readonly list: (query: MessageQuery, options?: CallOptions) => Promise<Page<Message>>;
  /** Sends a file as it comes; a stream is sent once, and never held whole. `n` is 1 to 20. */
  readonly upload: (
    id: string,
    n: number,
    body: Blob | Uint8Array | ReadableStream<Uint8Array>,
    file: Upload,
  ) => Promise<MessageFile>;
  readonly removeFile: (id: string, n: number, options?: CallOptions) => Promise<void>;
  /** Sends the sender his code. When he brings it back, the message is registered. */
  readonly submit: (
    id: string,
    input?: { returnUrl?: string },
    options?: CallOptions,
  ) => Promise<OpenedConfirmation>;
  /** Sends the addressee a code for one reading, whose id is that of the confirmation. */
  readonly openReading: (
    id: string,
    input?: { returnUrl?: string },
    options?: CallOptions,
  ) => Promise<OpenedConfirmation>;
  readonly accept: (id: string, reading: MessageReading, options?: CallOptions) => Promise<Message>;
  readonly refuse: (id: string, reading: MessageReading, options?: CallOptions) => Promise<Message>;
  readonly handOver: (
    id: string,
    reading: MessageReading,
    options?: CallOptions,
  ) => Promise<HandedOverMessage>;
  /** A file of what was handed over in this reading, as a stream. */
  readonly download: (
    id: string,
    reading: MessageReading,
    n: number,
    options?: { readonly signal?: AbortSignal },
  ) => Promise<Response>;
  readonly recall: (id: string, options?: CallOptions) => Promise<Message>;
  /** Erases the content of a message that ended, or a draft as a whole. */
  readonly erase: (id: string, options?: CallOptions) => Promise<void>;
  /** Just after an event it waits, within the bounds of retrying, until the evidence is in the log. */
  readonly receipt: (id: string, role?: 'sender' | 'addressee', options?: CallOptions) => Promise<Receipt>;
  /** The PDF, once the receipt that is in it is ready. */
  readonly certificate: (
    id: string,
    role?: 'sender' | 'addressee',
    options?: CallOptions,
  ) => Promise<Uint8Array>;
  /** The state now and each one after it, until the message ends. Leaving the loop closes the connection. */
  readonly events: (id: string, options?: StreamOptions) => AsyncGenerator<MessageChange, void>;
};

const ROOT = ['v1', 'messages'] as const;

export function messagesOver(transport: Transport): Messages {
  const { send, bytes } = transport;
  const inReading = (id: string, { reading }: MessageReading, ...rest: string[]) =>
    pathOf(...ROOT, id, 'readings', reading, ...rest);

  return {
    create: (input, options) => send('POST', pathOf(...ROOT), input, options),
    get: (id, options) => send('GET', pathOf(...ROOT, id), undefined, options),
    list: (query, options) => send('GET', pathOf(...ROOT) + queryOf(query), undefined, options),
    upload: async (id, n, body, { name, type, onProgress, signal }) => {
      const response = await bytes('PUT', pathOf(...ROOT, id, 'files', String(n)) + queryOf({ name }), {
        signal,
        headers: { 'Content-Type': type },
        body: onProgress ? progressOf(body, onProgress) : (body as BodyInit),
      });
      return (await response.json()) as MessageFile;
    },
    removeFile: (id, n, options) =>
      send('DELETE', pathOf(...ROOT, id, 'files', String(n)), undefined, options),
    submit: (id, input = {}, options) => send('POST', pathOf(...ROOT, id, 'submission'), input, options),
    openReading: (id, input = {}, options) => send('POST', pathOf(...ROOT, id, 'readings'), input, options),
    accept: (id, reading, options) =>
      send('POST', inReading(id, reading, 'acceptance'), { session: reading.session }, options),
    refuse: (id, reading, options) =>
      send('POST', inReading(id, reading, 'refusal'), { session: reading.session }, options),
    handOver: (id, reading, options) =>
      send('POST', inReading(id, reading, 'handover'), { session: reading.session }, options),
    download: (id, reading, n, { signal } = {}) =>
      bytes('GET', inReading(id, reading, 'files', String(n)), {
        signal,
        headers: { 'Countersign-Session': reading.session, Accept: '*/*' },
      }),
    recall: (id, options) => send('POST', pathOf(...ROOT, id, 'recall'), undefined, options),
    erase: (id, options) => send('DELETE', pathOf(...ROOT, id, 'content'), undefined, options),
    receipt: (id, role = 'sender', options) =>
      send('GET', pathOf(...ROOT, id, 'receipt') + queryOf({ role }), undefined, options),
    certificate: async (id, role = 'sender', options = {}) => {
      const { signal } = options;
      await send('GET', pathOf(...ROOT, id, 'receipt') + queryOf({ role }), undefined, options);
      const path = pathOf(...ROOT, id, 'certificate') + queryOf({ role });
      const response = await bytes('GET', path, { signal, headers: { Accept: 'application/pdf' } });
      return new Uint8Array(await response.arrayBuffer());
    },
    events: (id, options = {}) => follow(transport, pathOf(...ROOT, id, 'events'), options, isEnded),
  };
}

function isEnded({ state }: MessageChange): boolean {
  return ENDED_MESSAGE_STATES.some((ended) => ended === state);
}
