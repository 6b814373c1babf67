/** A channel and a simulated operator that it is bound to, over real TCP on loopback; for tests. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { openSmsc, type Smsc, type SmscMessage, type SmscOptions } from '../sim/smsc.ts';
import type { Channel, Delivery, DeliveryReceipt } from '../src/gateway/channel.ts';
import { createSmppChannel, type SmppChannelOptions, type SmppTiming } from '../src/gateway/smpp/channel.ts';
import { parseSmppUrl, type SmppUrl } from '../src/gateway/smpp/url.ts';
import { createLog, type Log } from '../src/std/log.ts';
import { Outage } from '../src/std/outage.ts';
import { sleep } from '../src/std/timer.ts';

export const FAST: Partial<SmppTiming> = { reconnectBaseMs: 20, reconnectMaxMs: 50 };
export const TO = '+41791234567';

export type Pair = AsyncDisposable & {
  smsc: Smsc;
  channel: Channel;
  messages: SmscMessage[];
  receipts: DeliveryReceipt[];
  log: () => string;
  deliver: (
    text: string,
    more?: { to?: string; signal?: AbortSignal; validityMs?: number },
  ) => Promise<Delivery>;
};

type PairOptions = {
  query?: string;
  timing?: Partial<SmppTiming>;
  smsc?: Partial<SmscOptions>;
  channel?: Partial<SmppChannelOptions>;
};

export function readUrl(text: string): SmppUrl {
  const url = parseSmppUrl(text);
  assert.ok(url.ok, url.ok ? '' : url.detail);
  return url.value;
}

/** A log that is kept, so that a test can read what it says and what it does not. */
export function createMemoryLog(): { log: Log; text: () => string } {
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  return { log: createLog({ level: 'trace', destination }), text: () => lines.join('') };
}

export async function openPair(options: PairOptions = {}): Promise<Pair> {
  const accounts = [{ systemId: 'gate', password: 'hunter22' }];
  const smsc = await openSmsc({ port: 0, accounts, receiptDelayMs: 5, ...options.smsc });
  const messages: SmscMessage[] = [];
  smsc.onMessage((message) => messages.push(message));
  const { log, text } = createMemoryLog();
  const channel = createSmppChannel({
    urls: [readUrl(`${smsc.url()}?${options.query ?? 'sourceAddr=Bank'}`)],
    log,
    timing: { ...FAST, ...options.timing },
    ...options.channel,
  });
  const receipts: DeliveryReceipt[] = [];
  return {
    smsc,
    channel,
    messages,
    receipts,
    log: text,
    deliver: (text, { to = TO, signal = new AbortController().signal, validityMs = 300_000 } = {}) =>
      channel.deliver({ dispatchId: 'dsp_1', to, text, validityMs }, signal),
    [Symbol.asyncDispose]: async () => {
      await channel[Symbol.asyncDispose]();
      await smsc[Symbol.asyncDispose]();
    },
  };
}

export function listen(pair: Pair): void {
  pair.channel.onReceipt(async (receipt) => void pair.receipts.push(receipt));
}

export async function until(what: string, condition: () => boolean): Promise<void> {
  for (let i = 0; i < 4000 && !condition(); i++) await sleep(5);
  assert.ok(condition(), `it never came to this: ${what}`);
}

export async function outageOf(delivery: Promise<Delivery>): Promise<Outage> {
  const outcome = await delivery.catch((reason: unknown) => reason);
  assert.ok(outcome instanceof Outage, `no Outage but ${JSON.stringify(outcome)}`);
  return outcome;
}

export function referenceOf(delivery: Delivery): string {
  assert.equal(delivery.outcome, 'accepted', JSON.stringify(delivery));
  return delivery.outcome === 'accepted' ? delivery.reference : '';
}
