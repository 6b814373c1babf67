import { codeIn } from '../sim/handset.ts';
import type { BankHost } from '../sim/bank-host.ts';
import { openSmsc, type Smsc } from '../sim/smsc.ts';
import { openCaller, type Caller } from './caller.ts';
import { answerParent } from './child.ts';
import { personNumber } from './people.ts';
import { registerOnce } from './message-load.ts';
import { openBenchBank, payOnce } from './payment-load.ts';
import { openingOf, textOf } from './requests.ts';
import { percentile } from './stats.ts';

/**
 * The other side of the server: the callers, and the mobile operator whose phones they look at. Each caller
 * opens a confirmation, waits for the text on the phone of the person, and brings the code back, again and
 * again.
 */
export type LoadAsked =
  | { readonly kind: 'listen' }
  | {
      readonly kind: 'run';
      /** What is done again and again. */
      readonly what: 'confirmations' | 'messages' | 'payments';
      readonly url: string;
      readonly apiKey: string;
      readonly callers: number;
      readonly people: number;
      /** Of the cards on file of the first people, for payments. */
      readonly tokens?: readonly string[];
      readonly warmMs: number;
      readonly forMs: number;
    };

export type Spread = { readonly p50Ms: number; readonly p99Ms: number };

export type LoadAnswer = {
  readonly smppUrl: string;
  readonly bankUrl: string;
  /** Confirmed within the measured time. */
  readonly confirmed: number;
  /** Confirmed, and nothing else, since the start of the run. */
  readonly confirmedInAll: number;
  readonly perSecond: number;
  readonly whole: Spread;
  readonly open: Spread;
  readonly verify: Spread;
  /** Of this process, in the measured time. */
  readonly cpuMs: number;
};

type Times = { whole: number[]; open: number[]; verify: number[] };
type Run = LoadAsked & { kind: 'run' };

/** How long a text may take before the benchmark says that it never came. */
const SMS_MAX_MS = 20_000;

let smsc: Smsc | null = null;
let bank: BankHost | null = null;
const phones = new Map<string, (code: string) => void>();

async function listen(): Promise<LoadAnswer> {
  bank = await openBenchBank();
  smsc = await openSmsc({ port: 0, accounts: [{ systemId: 'bench', password: 'bench' }] });
  smsc.onMessage(({ to, text }) => {
    const code = codeIn(text);
    const waiting = phones.get(to);
    if (code === null || !waiting) return;
    phones.delete(to);
    waiting(code);
  });
  return answerOf({ whole: [], open: [], verify: [] }, 0, 0, 0);
}

async function run(asked: Run): Promise<LoadAnswer> {
  const callers = await Promise.all(
    Array.from({ length: asked.callers }, () => openCaller(new URL(asked.url), asked.apiKey)),
  );
  const startMs = performance.now();
  const fromMs = startMs + asked.warmMs;
  const untilMs = fromMs + asked.forMs;
  const times: Times = { whole: [], open: [], verify: [] };
  let inAll = 0;
  const cpu = cpuBetween(asked.warmMs, asked.warmMs + asked.forMs);
  await Promise.all(
    callers.map(async (caller, i) => {
      using _ = caller;
      for (let n = i; performance.now() < untilMs; n += asked.callers) {
        const beganMs = performance.now();
        const round = await rounds[asked.what](caller, n % asked.people, asked.tokens ?? []);
        inAll++;
        const endMs = performance.now();
        if (endMs < fromMs || endMs > untilMs) continue;
        times.whole.push(endMs - beganMs);
        times.open.push(round.openMs);
        times.verify.push(round.verifyMs);
      }
    }),
  );
  return answerOf(times, inAll, asked.forMs, await cpu);
}

type Round = { readonly openMs: number; readonly verifyMs: number };

const rounds = {
  confirmations: confirmOnce,
  messages: async (caller: Caller, person: number): Promise<Round> => {
    await registerOnce(caller, person, nextCode);
    return { openMs: Number.NaN, verifyMs: Number.NaN };
  },
  payments: (caller: Caller, person: number, tokens: readonly string[]): Promise<Round> =>
    payOnce(caller, person, tokens[person] ?? '', nextCode),
} as const satisfies Record<
  Run['what'],
  (caller: Caller, person: number, tokens: readonly string[]) => Promise<Round>
>;

async function confirmOnce(caller: Caller, person: number): Promise<Round> {
  const arriving = nextCode(personNumber(person));
  const openedMs = performance.now();
  const opened = await caller.post('/v1/confirmations', openingOf(person));
  const openMs = performance.now() - openedMs;
  if (opened.status !== 201) throw new Error(`opening was answered ${opened.status}: ${opened.body}`);
  const id = textOf(opened.body, '"id":"');
  const session = textOf(opened.body, '"secret":"');
  const code = await arriving;
  const body = `{"code":"${code}","session":"${session}"}`;
  const triedMs = performance.now();
  const verified = await caller.post(`/v1/confirmations/${id}/verification`, body);
  if (verified.status !== 200) throw new Error(`verifying was answered ${verified.status}: ${verified.body}`);
  return { openMs, verifyMs: performance.now() - triedMs };
}

function nextCode(number: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('a text never came')), SMS_MAX_MS);
    phones.set(number, (code) => {
      clearTimeout(late);
      resolve(code);
    });
  });
}

function cpuBetween(fromMs: number, untilMs: number): Promise<number> {
  return new Promise((resolve) => {
    setTimeout(() => {
      const before = process.cpuUsage();
      setTimeout(() => {
        const { user, system } = process.cpuUsage(before);
        resolve((user + system) / 1000);
      }, untilMs - fromMs);
    }, fromMs);
  });
}

function answerOf(times: Times, confirmedInAll: number, forMs: number, cpuMs: number): LoadAnswer {
  const confirmed = times.whole.length;
  return {
    smppUrl: `${smsc?.url() ?? ''}?window=200`,
    bankUrl: bank?.url('connections=2&window=200') ?? '',
    confirmed,
    confirmedInAll,
    perSecond: (confirmed * 1000) / forMs,
    whole: spread(times.whole),
    open: spread(times.open),
    verify: spread(times.verify),
    cpuMs,
  };
}

function spread(values: number[]): Spread {
  return { p50Ms: percentile(values, 0.5), p99Ms: percentile(values, 0.99) };
}

answerParent(
  (message) => {
    const asked = message as LoadAsked;
    return asked.kind === 'listen' ? listen() : run(asked);
  },
  async () => {
    await smsc?.[Symbol.asyncDispose]();
    await bank?.[Symbol.asyncDispose]();
  },
);
