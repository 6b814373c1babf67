import { addRoute, listBanks, saveBank } from '../../src/bank/manage.ts';
import { systemClock } from '../../src/std/clock.ts';
import { systemRandom } from '../../src/std/random.ts';
import type { Sql } from '../../src/store/connection.ts';
import type { SimCard } from '../bank-books.ts';
import { openBankHost, type BankHost } from '../bank-host.ts';
import { withCheckDigit } from '../card-number.ts';
import { ALICE, BRUNO } from './people.ts';

/**
 * The banks of the demonstration, on loopback TCP: one with a card for each person and for each kind of no,
 * and one that takes every question and never answers. Their ports are new at each start, their routes stay.
 */
export type DemoBanks = AsyncDisposable & {
  /** What the page `/bank` shows. */
  readonly acme: BankHost;
  readonly silent: BankHost;
};

const EXPIRY = '3012';
const SECURITY_CODE = '737';
const EURO = '978';
const LIMIT_MINOR = 500_000n;
/** A bank that does not answer in so long has not answered; a person waits for it. */
const TIMEOUT_MS = 4_000;

function cardOf(digits: string, name: string, mobile: string | null, more: Partial<SimCard> = {}): SimCard {
  return {
    pan: withCheckDigit(digits),
    expiry: EXPIRY,
    securityCode: SECURITY_CODE,
    holder: { name, mobile },
    limitMinor: LIMIT_MINOR,
    currency: EURO,
    refusal: null,
    ...more,
  };
}

/** Who has which card; a card's number says what it does. */
export const DEMO_CARDS = {
  alice: cardOf('497010000000112', 'ALICE MARTIN', ALICE.number),
  /** On file for her at the shop's payment service. */
  aliceKept: cardOf('513610000000112', 'ALICE MARTIN', ALICE.number),
  bruno: cardOf('497010000000113', 'BRUNO KELLER', BRUNO.number),
  refused: cardOf('497010000000205', 'CARLA REFUSED', null, { refusal: '05' }),
  overLimit: cardOf('497010000000351', 'DORA OVERDRAWN', null, { limitMinor: 100n }),
  silent: cardOf('497110000000491', 'EMIL SILENT', null),
} as const satisfies Record<string, SimCard>;

const { silent: SILENT_CARD, ...ACME_CARDS } = DEMO_CARDS;

const ROUTES = [
  { bankId: 'acme-bank', digits: '497010' },
  { bankId: 'acme-bank', digits: '513610' },
  { bankId: 'silent-bank', digits: '497110' },
] as const;

/** Opens them and writes down where they are. */
export async function openDemoBanks(sql: Sql, timeoutMs = TIMEOUT_MS): Promise<DemoBanks> {
  await using stack = new AsyncDisposableStack();
  // Steered to be late, it is later than anybody waits.
  const lateMs = timeoutMs * 1.5;
  const acme = stack.use(await openBankHost({ port: 0, cards: Object.values(ACME_CARDS), lateMs }));
  const silent = stack.use(await openBankHost({ port: 0, cards: [SILENT_CARD] }));
  // Questions are carried out and never answered; reversals are, or they would be said again for ever.
  for (const mti of ['01', '02']) silent.behave({ behaviour: 'silent', mti });
  for (const [id, host] of [
    ['acme-bank', acme],
    ['silent-bank', silent],
  ] as const) {
    const saved = await saveBank(sql, { id, url: host.url(`timeoutMs=${timeoutMs}`) });
    if (!saved.ok) throw new Error(`The demonstration's ${id} was refused: ${saved.detail ?? saved.refusal}`);
  }
  const { routes } = await listBanks(sql);
  for (const route of ROUTES) {
    const isKnown = routes.some(
      ({ bankId, digitsFrom }) => bankId === route.bankId && digitsFrom === route.digits,
    );
    if (!isKnown) await addRoute(sql, route, systemClock.nowMs(), systemRandom);
  }
  const open = stack.move();
  return { acme, silent, [Symbol.asyncDispose]: () => open.disposeAsync() };
}
