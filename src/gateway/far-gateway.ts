/**
 * A gateway in another thread of this process, as the rooms of this one use it: what a commit gave us the
 * lease of goes over a port with its text already made, and what was settled comes back.
 *
 *   here                                       there
 *   send ── jobs of one turn, their texts ───▶ gateway.send
 *   room.onCommitted ◀── settled, a batch ──── onSettled
 *   isUp ◀── which channels are up ─────────── every second
 *
 * A code that was posted and never arrives (the thread is gone, and the process with it) loses nothing: the
 * lease ends, and whoever claims the dispatch makes its text again.
 */
import { sharedMs } from '../std/clock.ts';
import type { Log } from '../std/log.ts';
import type { MetricValues } from '../std/metrics.ts';
import { after, every } from '../std/timer.ts';
import { type ChannelFace, type ChannelKind } from './channel.ts';
import type { LeasedDispatch } from './dispatch.ts';
import type { Gateway, Rendered, Room, Settled } from './gateway.ts';

/** `postedMs` is by `sharedMs`: the time on the port comes off the time that the code has left. */
type Posted = { readonly job: LeasedDispatch; readonly rendered: Rendered; readonly postedMs: number };

type ToGateway =
  | { readonly kind: 'send'; readonly posted: readonly Posted[] }
  | { readonly kind: 'metrics' }
  | { readonly kind: 'stop' };

type FromGateway =
  | { readonly kind: 'channels'; readonly channels: readonly ChannelState[] }
  | { readonly kind: 'settled'; readonly settled: readonly Settled[] }
  | { readonly kind: 'metrics'; readonly values: MetricValues }
  | { readonly kind: 'stopped' };

type ChannelState = Pick<ChannelFace, 'kind' | 'assurance'> & { readonly up: boolean };
type Port = {
  readonly postMessage: (message: ToGateway | FromGateway) => void;
  readonly on: (event: 'message', listener: (message: unknown) => void) => unknown;
};

const TELL_CHANNELS_MS = 1_000;
const METRICS_MAX_MS = 2_000;

export type FarGateway = Gateway & {
  /** Resolves when the other thread has opened its roles. */
  readonly whenUp: Promise<void>;
  /** What the other thread counted; nothing when it does not answer in time. */
  readonly metrics: () => Promise<MetricValues>;
};

export function createFarGateway(port: Port, log: Log): FarGateway {
  const rooms = new Map<string, Room>();
  const channels: Partial<Record<ChannelKind, ChannelFace>> = {};
  const stopped = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const asking = new Set<(values: MetricValues) => void>();
  let up = new Set<ChannelKind>();
  let posted: Posted[] = [];

  function flush(): void {
    port.postMessage({ kind: 'send', posted } satisfies ToGateway);
    posted = [];
  }

  port.on('message', (received) => {
    const message = received as FromGateway;
    switch (message.kind) {
      case 'channels':
        up = new Set(message.channels.filter((channel) => channel.up).map(({ kind }) => kind));
        for (const { kind, assurance } of message.channels) {
          channels[kind] ??= { kind, assurance, isUp: () => up.has(kind) };
        }
        opened.resolve();
        return;
      case 'settled':
        for (const [kind, settled] of Map.groupBy(message.settled, (one) => one.kind)) {
          rooms.get(kind)?.onCommitted?.(settled);
        }
        return;
      case 'metrics':
        for (const answer of asking) answer(message.values);
        return;
      case 'stopped':
        stopped.resolve();
        return;
      default:
        message satisfies never;
    }
  });

  return {
    whenUp: opened.promise,
    channels,
    serve: (kind, room) => void rooms.set(kind, room),
    send: (job, render) => {
      try {
        const rendered = render();
        if (posted.length === 0) setImmediate(flush);
        // A view of a larger buffer would be copied with all of it.
        const salt = Uint8Array.from(rendered.salt);
        posted.push({ job, rendered: { ...rendered, salt }, postedMs: sharedMs() });
      } catch (error) {
        // The lease ends by itself, and the dispatch is claimed again.
        log.error({ err: error, subject: job.subjectId }, 'a text could not be made');
      }
    },
    // The other thread listens to the database itself.
    wake: () => undefined,
    start: () => undefined,
    metrics: () =>
      new Promise((resolve) => {
        const answer = (values: MetricValues): void => {
          timer.cancel();
          asking.delete(answer);
          resolve(values);
        };
        const timer = after(METRICS_MAX_MS, () => answer([]));
        asking.add(answer);
        port.postMessage({ kind: 'metrics' } satisfies ToGateway);
      }),
    [Symbol.asyncDispose]: async () => {
      port.postMessage({ kind: 'stop' } satisfies ToGateway);
      await stopped.promise;
    },
  };
}

/** What the gateway of the other end is given as its `onSettled`. */
export function tellSettled(port: Port): (settled: readonly Settled[]) => void {
  return (settled) => port.postMessage({ kind: 'settled', settled } satisfies FromGateway);
}

/** The other end: hands what comes over the port to `gateway`. */
export function serveFarGateway(
  port: Port,
  there: { gateway: Gateway; metrics: () => Promise<MetricValues>; stop: () => Promise<void> },
): void {
  const tell = (message: FromGateway): void => port.postMessage(message);
  const { gateway } = there;
  const telling = every(TELL_CHANNELS_MS, () => {
    tell({ kind: 'channels', channels: statesOf(gateway) });
    return Promise.resolve();
  });
  port.on('message', (received) => {
    const message = received as ToGateway;
    switch (message.kind) {
      case 'send':
        for (const { job, rendered, postedMs } of message.posted) {
          const remainingMs = job.remainingMs - (sharedMs() - postedMs);
          gateway.send({ ...job, remainingMs }, () => rendered);
        }
        return;
      case 'metrics':
        void there.metrics().then((values) => tell({ kind: 'metrics', values }));
        return;
      case 'stop':
        void telling[Symbol.asyncDispose]()
          .then(there.stop)
          .then(() => tell({ kind: 'stopped' }));
        return;
      default:
        message satisfies never;
    }
  });
}

function statesOf(gateway: Gateway): ChannelState[] {
  return Object.values(gateway.channels).map(({ kind, assurance, isUp }) => ({
    kind,
    assurance,
    up: isUp(),
  }));
}
