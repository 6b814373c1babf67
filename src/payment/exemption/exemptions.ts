/**
 * Exemptions, as the verbs of a payment use them (P10, RTS 2018/389 art. 13 to 18).
 *
 *   begin ──decide──▶ code ──right code──▶ reset: counters begin anew, the means is his, wishes are granted
 *              └────▶ exempt ──bank approves──▶ count ──true──▶ completed in the same transaction
 *                                                 └──false──▶ another payment used it up: the code is demanded
 *
 * Only executed payments move anything, and only a right code resets. `count` judges everything a second time
 * behind the lock of the payer, by the same function as `decide`: a hundred payments at once are judged one
 * after the other.
 */
import { parseNumber } from '../../directory/number.ts';
import { must } from '../../std/assert.ts';
import { homeOf } from '../../std/id.ts';
import type { Money } from '../../std/money.ts';
import type { Db, Tx } from '../../store/connection.ts';
import type { Means } from '../payment.ts';
import { addCoded, addExempt, lockCounter, readHistory, type Coded } from './counters-store.ts';
import { homeOfPayer, payeeKeyOf, type Facts, type History } from './facts.ts';
import { paymentRuleOf, type PaymentRule } from './policy.ts';
import { createFindPaymentPolicy, type FindPaymentPolicy } from './policy-store.ts';
import { judgePayment, unreadable, type Exemption, type Judged } from './rules.ts';
import {
  deleteTrusted,
  dropWish,
  eraseHistory,
  hasWish,
  insertTrusted,
  listTrusted,
  putWish,
  type TrustedPayee,
} from './trusted-store.ts';

/** What is asked about a payment; the payer may be nobody we know only where nothing is moved. */
export type Question = {
  readonly tenantId: string;
  readonly clientId: string;
  readonly means: Means;
  readonly amount: Money;
  /** Who receives, as the payer sees it. */
  readonly payee: string;
  /** The key of his account in the ledger: a subscriber's id, or 32 hexadecimal digits; null for unknown. */
  readonly payer: string | null;
  /** E.164; null for unknown. */
  readonly payerAddress: string | null;
  /** The card's fingerprint, or its token on file; of a trustee the id of the contract. 1 to 128 characters. */
  readonly instrument: string;
  readonly series: string | null;
  readonly ip: string | null;
};

/** The same of a payment, whose payer is known by now. */
export type PaymentFacts = Question & { readonly paymentId: string; readonly payer: string };

export type Exemptions = {
  /** Whether a code is demanded, and why; it moves nothing. What cannot be read demands one (S17). */
  readonly decide: (db: Db, question: Question) => Promise<Judged>;
  /**
   * Counts an exempt payment in the transaction that completes it. False: it may not be exempt any more, for
   * this reason; then nothing was counted and the code is demanded.
   */
  readonly count: (tx: Tx, facts: PaymentFacts, reason: Exemption) => Promise<boolean>;
  /**
   * After right codes, in the transaction that carries the payments out. Counters begin anew, series begin,
   * wishes are granted; once for each payment.
   */
  readonly reset: (tx: Tx, paid: readonly PaymentFacts[]) => Promise<void>;
  /** How payments of this client are done where they say nothing themselves. Throws what a read throws. */
  readonly ruleOf: (db: Db, tenantId: string, clientId: string) => Promise<PaymentRule>;
  /** The tick "do not ask me again for this merchant" on a payment's page; taken back where not wanted. */
  readonly wish: (db: Db, tenantId: string, paymentId: string, isWanted: boolean) => Promise<void>;
  readonly isWished: (db: Db, tenantId: string, paymentId: string) => Promise<boolean>;
  /** For those who have a right code for just this. */
  readonly trust: (tx: Tx, payee: Trusted) => Promise<void>;
  /** False where he was not on the list. */
  readonly distrust: (tx: Tx, payee: Trusted) => Promise<boolean>;
  readonly listTrusted: (
    db: Db,
    tenantId: string,
    clientId: string,
    payer: string,
  ) => Promise<readonly TrustedPayee[]>;
  /** In the transaction that erases a subscriber. */
  readonly erase: (tx: Tx, tenantId: string, payer: string) => Promise<void>;
};

export type Trusted = {
  readonly tenantId: string;
  readonly clientId: string;
  readonly payer: string;
  readonly payee: string;
};

export type ExemptionOptions = {
  /** ISO 3166-1 by IP address, where the operator has such a table; nobody knows without. */
  readonly countryOfIp?: (ip: string) => string | null;
};

export function createExemptions({ countryOfIp = () => null }: ExemptionOptions = {}): Exemptions {
  const policyOf = createFindPaymentPolicy();
  const factsOf = (question: Question): Facts => ({
    means: question.means,
    amount: question.amount,
    payeeKey: payeeKeyOf(question.payee),
    instrument: question.instrument,
    series: question.series,
    payerCountry: countryOfNumber(question.payerAddress),
    ipCountry: question.ip === null ? null : countryOfIp(question.ip),
  });

  async function judge(db: Db, question: Question): Promise<Judged> {
    const policy = await policyOf(db, question.tenantId);
    const history = await historyOf(db, question);
    return judgePayment(policy, question.clientId, factsOf(question), history);
  }

  return {
    ...listVerbs(),
    decide: async (db, question) => {
      try {
        return await judge(db, question);
      } catch {
        return unreadable('What it is judged by could not be read.');
      }
    },
    count: async (tx, facts, reason) => {
      const key = keyOf(facts, facts.payer);
      await lockCounter(tx, key);
      const judged = await judge(tx, facts);
      if (judged.decision !== 'exempt' || judged.reason !== reason) return false;
      await addExempt(tx, { ...key, ...paidOf(facts) }, reason === 'recurring');
      return true;
    },
    reset: async (tx, paid) => {
      if (paid.length > 0) await addCoded(tx, paid.map(codedOf));
    },
    ruleOf: createRuleOf(policyOf),
  };
}

function createRuleOf(policyOf: FindPaymentPolicy): Exemptions['ruleOf'] {
  return async (db, tenantId, clientId) => paymentRuleOf(await policyOf(db, tenantId), clientId);
}

type ListVerbs = 'wish' | 'isWished' | 'trust' | 'distrust' | 'listTrusted' | 'erase';

function listVerbs(): Pick<Exemptions, ListVerbs> {
  const payerKey = (tenantId: string, payer: string) => ({ home: homeOfPayer(payer), tenantId, payer });
  const payeeKey = ({ tenantId, clientId, payer, payee }: Trusted) => ({
    ...payerKey(tenantId, payer),
    clientId,
    payeeKey: payeeKeyOf(payee),
  });
  return {
    wish: (db, tenantId, paymentId, isWanted) => {
      const home = wishHomeOf(paymentId);
      return isWanted ? putWish(db, { home, paymentId, tenantId }) : dropWish(db, home, paymentId, tenantId);
    },
    isWished: (db, tenantId, paymentId) => hasWish(db, wishHomeOf(paymentId), paymentId, tenantId),
    trust: (tx, payee) => insertTrusted(tx, payeeKey(payee), payee.payee),
    distrust: (tx, payee) => deleteTrusted(tx, payeeKey(payee)),
    listTrusted: (db, tenantId, clientId, payer) => listTrusted(db, payerKey(tenantId, payer), clientId),
    erase: (tx, tenantId, payer) => eraseHistory(tx, payerKey(tenantId, payer)),
  };
}

function historyOf(db: Db, question: Question): Promise<History> {
  // Of nobody we know there is nothing to read but the time.
  const payer = question.payer ?? '';
  return readHistory(db, keyOf(question, payer));
}

function keyOf(question: Question, payer: string) {
  const { tenantId, clientId, payee, instrument, series, amount } = question;
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

function paidOf({ amount, paymentId }: PaymentFacts) {
  return { amount, paymentId };
}

function codedOf(facts: PaymentFacts): Coded {
  const { payee, paymentId } = facts;
  return { ...keyOf(facts, facts.payer), ...paidOf(facts), payee, wishHome: wishHomeOf(paymentId) };
}

function wishHomeOf(paymentId: string): number {
  return must(homeOf('pay', paymentId), 'a wish belongs to a payment');
}

function countryOfNumber(e164: string | null): string | null {
  if (e164 === null) return null;
  const number = parseNumber(e164);
  return number.ok ? number.value.country : null;
}
