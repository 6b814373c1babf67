/**
 * The links of this process, one for each bank, opened when it is first needed and renewed when the bank's
 * URL in the database changes.
 */
import type { Clock } from '../std/clock.ts';
import { monotonicMs } from '../std/clock.ts';
import type { Log } from '../std/log.ts';
import { must } from '../std/assert.ts';
import type { Sql } from '../store/connection.ts';
import { listHosts, listRoutes, takeNumbers, type HostRow } from './bank-store.ts';
import type { Message } from './iso8583/message.ts';
import { BankLink, type LinkTiming } from './link.ts';
import { createSequence, stanOf, type Sequence } from './number.ts';
import type { Route } from './route.ts';
import { parseBankUrl, type BankUrl } from './url.ts';

export type Reach = {
  readonly bankId: string;
  readonly url: BankUrl;
  readonly link: BankLink;
  readonly sequence: Sequence;
};

export type Links = AsyncDisposable & {
  readonly routes: () => Promise<readonly Route[]>;
  /** The link to a bank that may be asked; null where it rests, is not there, or nothing leads to it now. */
  readonly reach: (bankId: string) => Promise<Reach | null>;
  /** Numbers of a bank, reachable or not. */
  readonly sequence: (bankId: string) => Sequence;
  /** The longest time that any bank may take to answer. */
  readonly timeoutMaxMs: () => Promise<number>;
};

export type LinksOptions = {
  readonly sql: Sql;
  readonly log: Log;
  readonly clock: Clock;
  readonly onLate: (bankId: string, message: Message) => void;
  readonly timing?: Partial<LinkTiming>;
  readonly ca?: string;
};

type Banks = { readonly hosts: readonly HostRow[]; readonly routes: readonly Route[]; readonly atMs: number };
type Open = { readonly text: string; readonly reach: Reach };

const FRESH_MS = 1_000;
const BLOCK = 200;

export function createLinks(options: LinksOptions): Links {
  const { sql, log, clock, onLate, timing, ca } = options;
  const open = new Map<string, Open>();
  const sequences = new Map<string, Sequence>();
  let banks: Banks | null = null;
  let reading: Promise<Banks> | null = null;
  let isClosed = false;

  async function read(): Promise<Banks> {
    const [hosts, routes] = await Promise.all([listHosts(sql), listRoutes(sql)]);
    banks = { hosts, routes, atMs: monotonicMs() };
    for (const [bankId, { text, reach }] of open) {
      if (hosts.some((host) => host.id === bankId && host.url === text && host.state === 'active')) continue;
      open.delete(bankId);
      void reach.link[Symbol.asyncDispose]();
    }
    return banks;
  }

  async function current(): Promise<Banks> {
    if (banks !== null && monotonicMs() - banks.atMs < FRESH_MS) return banks;
    reading ??= read().finally(() => (reading = null));
    return reading;
  }

  function sequence(bankId: string): Sequence {
    const known = sequences.get(bankId);
    if (known !== undefined) return known;
    const made = createSequence(BLOCK, (size) => takeNumbers(sql, bankId, size));
    sequences.set(bankId, made);
    return made;
  }

  function connect(host: HostRow): Reach | null {
    const url = parseBankUrl(host.url);
    if (!url.ok) {
      log.error({ bank: host.id, detail: url.detail }, 'the URL of a bank is malformed');
      return null;
    }
    const numbers = sequence(host.id);
    const link = new BankLink({
      url: url.value,
      log,
      clock,
      nextStan: async () => stanOf(await numbers.next()),
      onLate: (message) => onLate(host.id, message),
      ...(timing === undefined ? {} : { timing }),
      ...(ca === undefined ? {} : { ca }),
    });
    const reach: Reach = { bankId: host.id, url: url.value, link, sequence: numbers };
    open.set(host.id, { text: host.url, reach });
    return reach;
  }

  return {
    routes: async () => (await current()).routes,
    sequence,
    reach: async (bankId) => {
      const { hosts } = await current();
      const host = hosts.find(({ id, state }) => id === bankId && state === 'active');
      if (host === undefined || isClosed) return null;
      const reach = open.get(bankId)?.reach ?? connect(host);
      return reach !== null && reach.link.isHopeful ? reach : null;
    },
    timeoutMaxMs: async () => {
      const { hosts } = await current();
      const urls = hosts.map(({ url }) => parseBankUrl(url));
      return Math.max(0, ...urls.map((url) => (url.ok ? url.value.timeoutMs : 0)));
    },
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      await Promise.all(
        [...open.values()].map(({ reach }) => must(reach, 'a link').link[Symbol.asyncDispose]()),
      );
    },
  };
}
