/**
 * Exemptions, as the verbs of a payment use them (P10, RTS 2018/389 art. 13 to 18).
 *
 *   begin ──decide──▶ code ──right code──▶ proved: counters begin anew, the card is his, series begin
 *              └────▶ exempt ──bank approves──▶ count ──true──▶ completed in the same transaction
 *                                                 └──false──▶ another payment used it up: the code is demanded
 *
 * Only executed payments move anything, and only a right code resets. `count` judges everything a second time
 * behind the lock of the payer, by the same function as `decide`: a hundred payments at once are judged one
 * after the other.
 */
import { parseNumber } from '../../directory/number.ts';
import { asOutage, type Db, type Tx } from '../../store/connection.ts';
import type { Log } from '../../std/log.ts';
import type * as parts from '../parts.ts';
import { addCoded, addExempt, lockCounter, readHistory, type HistoryKey } from './counters-store.ts';
import { homeOfPayer, payeeKeyOf, type Facts } from './facts.ts';
import { paymentRuleOf } from './policy.ts';
import { createFindPaymentPolicy } from './policy-store.ts';
import { judgePayment, unreadable, type Judged } from './rules.ts';
import {
  deleteTrusted,
  eraseHistory,
  insertTrusted,
  listTrusted,
  type TrustedPayee,
} from './trusted-store.ts';

/** What can be asked about a payment; of one that was not begun the payer may be unknown. */
export type Question = Pick<
  parts.PaymentFacts,
  'tenantId' | 'clientId' | 'payee' | 'amount' | 'means' | 'series' | 'instrument'
> & {
  readonly payerKey: string | null;
  readonly address: string | null;
  readonly ip: string | null;
};

/** A payee on the list of a payer, who is named by the key of his account. */
export type Trusted = {
  readonly tenantId: string;
  readonly clientId: string;
  readonly payerKey: string;
  readonly payee: string;
};

export type Exemptions = Omit<parts.Exemptions, 'decide'> & {
  /** Whether a code is demanded, and why; it moves nothing. What cannot be read demands one (S17). */
  readonly decide: (db: Db, question: Question) => Promise<Judged>;
  /** For those who have a right code for just this. */
  readonly trust: (tx: Tx, trusted: Trusted) => Promise<void>;
  /** The same. False where the payee was not on the list. */
  readonly distrust: (tx: Tx, trusted: Trusted) => Promise<boolean>;
  readonly listTrusted: (db: Db, of: Omit<Trusted, 'payee'>) => Promise<readonly TrustedPayee[]>;
  /** In the transaction that erases a subscriber. */
  readonly erase: (tx: Tx, tenantId: string, payerKey: string) => Promise<void>;
};

export type ExemptionOptions = {
  readonly log: Log;
  /** ISO 3166-1 by IP address, where the operator has such a table; nobody knows without. */
  readonly countryOfIp?: (ip: string) => string | null;
};

export function createExemptions({ log, countryOfIp = () => null }: ExemptionOptions): Exemptions {
  const policyOf = createFindPaymentPolicy();

  async function judge(db: Db, question: Question): Promise<Judged> {
    const policy = await policyOf(db, question.tenantId);
    const history = await readHistory(db, keyOf(question));
    const facts: Facts = {
      means: question.means,
      amount: question.amount,
      payeeKey: payeeKeyOf(question.payee),
      instrument: question.instrument,
      series: question.series,
      payerCountry: countryOfNumber(question.address),
      ipCountry: question.ip === null ? null : countryOfIp(question.ip),
    };
    return judgePayment(policy, question.clientId, facts, history);
  }

  return {
    ...LIST_VERBS,
    decide: async (db, question) => {
      try {
        return await judge(db, question);
      } catch (error) {
        log.error({ err: asOutage(error), tenant: question.tenantId }, 'an exemption could not be judged');
        return unreadable('What it is judged by could not be read.');
      }
    },
    count: async (tx, facts, reason) => {
      const key = keyOf(facts);
      await lockCounter(tx, key);
      const judged = await judge(tx, facts);
      if (!judged.exempt || judged.reason !== reason) return false;
      await addExempt(tx, { ...key, amount: facts.amount }, judged.reason === 'recurring');
      return true;
    },
    proved: async (tx, paid) => {
      if (paid.length === 0) return;
      await addCoded(
        tx,
        paid.map(({ facts, trustsPayee }) => {
          const { amount, payee } = facts;
          return { ...keyOf(facts), amount, payee, trustsPayee };
        }),
      );
    },
    presets: async (db, tenantId, clientId) => paymentRuleOf(await policyOf(db, tenantId), clientId),
  };
}

const LIST_VERBS: Pick<Exemptions, 'trust' | 'distrust' | 'listTrusted' | 'erase'> = {
  trust: (tx, trusted) => insertTrusted(tx, payeeKey(trusted), trusted.payee),
  distrust: (tx, trusted) => deleteTrusted(tx, payeeKey(trusted)),
  listTrusted: (db, { tenantId, clientId, payerKey }) =>
    listTrusted(db, { home: homeOfPayer(payerKey), tenantId, payer: payerKey }, clientId),
  erase: (tx, tenantId, payerKey) =>
    eraseHistory(tx, { home: homeOfPayer(payerKey), tenantId, payer: payerKey }),
};

function payeeKey({ tenantId, clientId, payerKey, payee }: Trusted) {
  const home = homeOfPayer(payerKey);
  return { home, tenantId, payer: payerKey, clientId, payeeKey: payeeKeyOf(payee) };
}

function keyOf(question: Question): HistoryKey {
  const { tenantId, clientId, payee, instrument, series, amount } = question;
  // Nobody has this key: of him nothing is remembered.
  const payer = question.payerKey ?? '';
  return {
    home: homeOfPayer(payer),
    tenantId,
    payer,
    clientId,
    payeeKey: payeeKeyOf(payee),
    instrument,
    series,
    currency: amount.currency,
  };
}

function countryOfNumber(e164: string | null): string | null {
  if (e164 === null) return null;
  const number = parseNumber(e164);
  return number.ok ? number.value.country : null;
}
