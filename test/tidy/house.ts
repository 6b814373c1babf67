/** What the tidy laws know of this house: the order of its rooms, and each exception with its reason. */

/**
 * A room may use the rooms before it, never those after it. The order is the one in which the product is
 * explained, so a newcomer who reads downwards meets nothing that was not introduced.
 */
export const ROOMS: readonly string[] = [
  'std',
  'http',
  'web',
  'store',
  'evidence',
  'client',
  'webhook',
  'directory',
  'gateway',
  'confirmation',
  'message',
  'ledger',
  'bank',
  'payment',
  'scheme',
  'signin',
  'console',
  'config.ts',
  'roles.ts',
  'site.ts',
  'main.ts',
  'threads.ts',
  'thread.ts',
  'cli',
];

/** The SDK is what a stranger installs: it knows no room, and no room knows it. */
export const ALONE = 'sdk';

type Allowance = { readonly path: RegExp; readonly why: string };
type Word = { readonly pattern: RegExp; readonly instead: string; readonly allowed: readonly Allowance[] };

const STD = { path: /^src\/std\//, why: 'it is where the others get it from' };
const CONFIG = { path: /^src\/config\.ts$/, why: 'it reads the environment once, into one typed value' };
const SDK_RUNTIME = { path: /^src\/sdk\/runtime\.ts$/, why: 'the SDK depends on nothing, so on no std' };
const BROWSER = { path: /^(src\/web|sim\/demo)\/assets\//, why: 'it runs in the browser' };
const COMMANDS = { path: /^src\/cli\//, why: 'a command is a process' };
const EMBEDDED = {
  path: /^src\/store\/embedded\.ts$/,
  why: 'it stops a server that another process started',
};

/**
 * Whoever takes time, randomness or settings as arguments can be tested and simulated; so nobody else reads
 * them.
 */
export const WORDS: readonly Word[] = [
  {
    pattern: /\bDate\.now\b|\bnew Date\(\)|\bnew Date\b(?!\s*\()/,
    instead: 'take a Clock (std/clock.ts) as an argument',
    allowed: [STD, BROWSER, SDK_RUNTIME],
  },
  {
    pattern: /\bMath\.random\b|\brandom(Bytes|UUID|Fill|FillSync|Int)\b|\bgetRandomValues\b/,
    instead: 'take a Random (std/random.ts) as an argument',
    allowed: [STD, SDK_RUNTIME],
  },
  {
    pattern: /\bprocess\.env\b/,
    instead: 'add a variable to src/config.ts and take its value as an argument',
    allowed: [STD, CONFIG],
  },
  {
    pattern: /\bset(Timeout|Interval)\b/,
    instead: 'use sleep, after or every (std/timer.ts)',
    allowed: [STD, SDK_RUNTIME, BROWSER],
  },
  {
    pattern: /\bprocess\.(exit|kill|abort|on|once)\(/,
    instead: 'throw, return a refusal, or be disposed: only a command decides about its process',
    allowed: [COMMANDS, EMBEDDED],
  },
];

/** `*store.ts` is a room's SQL. Whoever else needs it gets a verb of that room. */
export const STORE_GUESTS: readonly {
  readonly path: string;
  readonly store: string;
  readonly why: string;
}[] = [
  {
    path: 'src/main.ts',
    store: 'src/client/idempotency-store.ts',
    why: 'the composition root hands one room what another room keeps',
  },
  {
    path: 'src/site.ts',
    store: 'src/client/idempotency-store.ts',
    why: 'it is the part of the composition root that joins what faces clients and people',
  },
  {
    path: 'src/cli/keys.ts',
    store: 'src/client/store.ts',
    why: 'it lists over all tenants, which no verb may do: a verb acts for one tenant',
  },
  {
    path: 'sim/demo/open.ts',
    store: 'src/confirmation/policy-store.ts',
    why: 'the demonstration begins before there is an administrator who could send its policy',
  },
];

/** Longer than the law allows, and no longer than this. */
export const LONG_FILES: readonly {
  readonly path: RegExp;
  readonly linesMax: number;
  readonly why: string;
}[] = [{ path: /\.css$/, linesMax: 1500, why: 'a stylesheet is a table of looks, and one request' }];

/** With lines wider than the law allows. */
export const WIDE_FILES: readonly { readonly path: RegExp; readonly why: string }[] = [
  {
    path: /^migrations\/0[0-5]\d-/,
    why: 'they ran before widths were checked, and a migration that has run is never edited',
  },
];
