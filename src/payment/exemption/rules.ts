/**
 * Whether a payment needs a code (RTS 2018/389). Pure, and the only place where it is judged: before a
 * payment begins, again under the lock of the payer's counter before money moves, and in a dry run.
 *
 *   rule, facts, history ──▶ each of ┌ recurring      art. 14   same series, payee, amount and means
 *                                    │ trusted_payee  art. 13   on the list that the payer made by codes
 *                                    │ low_value      art. 16   small, and few since the last code
 *                                    └ low_risk       art. 18   the fraud rate allows it and no signal speaks
 *                            the first that exempts ──▶ exempt;  none ──▶ code
 *
 * What cannot be judged demands the code (S17). The first three never hold for a card or contract that the
 * payer has not confirmed by a code: whoever has somebody's card and calls himself another finds no counter
 * that begins at nought.
 */
import { formatAmount, type Money } from '../../std/money.ts';
import type { Facts, History } from './facts.ts';
import type {
  FraudRate,
  LowValueRule,
  PaymentPolicy,
  PaymentRule,
  RecurringRule,
  RiskRule,
} from './policy.ts';
import { paymentRuleOf } from './policy.ts';

export const EXEMPTIONS = ['recurring', 'trusted_payee', 'low_value', 'low_risk'] as const;
/** Why no code is demanded: the evidence of the payment carries it. */
export type Exemption = (typeof EXEMPTIONS)[number];
/** Why one is. unreadable: what it is judged by could not be read. */
export type CodeReason = 'no_rule' | 'no_rule_applies' | 'not_remote' | 'unreadable';

export type Considered = {
  readonly rule: Exemption;
  /** off: policy has no such rule. */
  readonly verdict: 'off' | 'code' | 'exempt';
  /** One sentence for whoever asks why. */
  readonly why: string;
};

export type Judged =
  | { readonly exempt: true; readonly reason: Exemption; readonly considered: readonly Considered[] }
  | { readonly exempt: false; readonly reason: CodeReason; readonly considered: readonly Considered[] };

/** Art. 19: the rate is worked out every quarter. */
const FRAUD_RATE_DAYS = 92;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Why it does not exempt; null where it does, undefined where policy has no such rule. */
type Objection = string | null | undefined;

type Asked = {
  readonly rule: PaymentRule;
  readonly policy: PaymentPolicy;
  readonly facts: Facts;
  readonly history: History;
};

type Exempting = { readonly objection: (asked: Asked) => Objection; readonly whyExempt: string };

const RULES: Readonly<Record<Exemption, Exempting>> = {
  recurring: {
    objection: ({ rule, facts, history }) =>
      rule.recurring === null ? undefined : againstRecurring(rule.recurring, facts, history),
    whyExempt: 'It is the next payment of a series that the payer began by a code.',
  },
  trusted_payee: {
    objection: ({ rule, history }) => (rule.trustedPayees ? againstTrusted(history) : undefined),
    whyExempt: 'The payer put this payee on his list by a code.',
  },
  low_value: {
    objection: ({ rule, facts, history }) =>
      rule.lowValue === null ? undefined : againstLowValue(rule.lowValue, facts, history),
    whyExempt: 'It is small, and so is what was paid since the last code.',
  },
  low_risk: {
    objection: ({ rule, policy, facts, history }) => {
      if (rule.risk === null) return undefined;
      const { currency } = facts.amount;
      const rate = Object.hasOwn(policy.fraudRates, currency) ? policy.fraudRates[currency] : undefined;
      return againstRate(rule.risk, rate, facts, history) ?? againstSignals(rule.risk, facts, history);
    },
    whyExempt: 'The fraud rate allows this amount, and no signal speaks against it.',
  },
};

export function judgePayment(
  policy: PaymentPolicy,
  clientId: string,
  facts: Facts,
  history: History,
): Judged {
  const asked = { rule: paymentRuleOf(policy, clientId), policy, facts, history };
  const considered = EXEMPTIONS.map((name) => consider(name, asked));
  // A terminal reads the card where the payer stands: these articles are of remote payments.
  if (facts.means === 'terminal') return { exempt: false, reason: 'not_remote', considered };
  const exempt = considered.find(({ verdict }) => verdict === 'exempt');
  if (exempt) return { exempt: true, reason: exempt.rule, considered };
  const isAllOff = considered.every(({ verdict }) => verdict === 'off');
  return { exempt: false, reason: isAllOff ? 'no_rule' : 'no_rule_applies', considered };
}

/** For what can be judged by nothing. */
export function unreadable(why: string): Judged {
  const considered = EXEMPTIONS.map((rule) => ({ rule, verdict: 'code', why }) as const);
  return { exempt: false, reason: 'unreadable', considered };
}

function consider(name: Exemption, asked: Asked): Considered {
  const objection = RULES[name].objection(asked);
  if (objection === undefined) return { rule: name, verdict: 'off', why: 'Policy has no such rule.' };
  if (asked.facts.means === 'terminal') {
    return { rule: name, verdict: 'code', why: 'The payment is not remote.' };
  }
  if (objection !== null) return { rule: name, verdict: 'code', why: objection };
  return { rule: name, verdict: 'exempt', why: RULES[name].whyExempt };
}

const UNPROVED = 'The payer has never confirmed a payment from this card or contract by a code.';

function againstRecurring(rule: RecurringRule, facts: Facts, history: History): string | null {
  const { series } = history;
  if (facts.series === null) return 'The payment belongs to no series.';
  if (series === null) return 'No payment of this series was confirmed by a code yet.';
  if (series.payeeKey !== facts.payeeKey) return 'The series has another payee.';
  const isSameAmount =
    series.amount.currency === facts.amount.currency && series.amount.minor === facts.amount.minor;
  if (!isSameAmount) return `The amount of the series is ${shown(series.amount)}.`;
  if (series.instrument !== facts.instrument) return 'The series is paid from another card or contract.';
  if (!history.isMeansProved) return UNPROVED;
  if (history.nowMs - series.lastAtMs < rule.daysBetweenMin * DAY_MS) {
    return `The last payment of the series is less than ${rule.daysBetweenMin} days ago.`;
  }
  return null;
}

function againstTrusted(history: History): string | null {
  if (!history.isPayeeTrusted) return 'The payee is not on the list of the payer.';
  return history.isMeansProved ? null : UNPROVED;
}

function againstLowValue(rule: LowValueRule, { amount }: Facts, history: History): string | null {
  const { currency } = amount;
  const each = rule.each.get(currency);
  const sumMax = rule.sumMax.get(currency);
  const asMoney = (minor: bigint) => shown({ minor, currency });
  if (each === undefined) return `There is no limit in ${currency}.`;
  if (amount.minor > each) return `The limit is ${asMoney(each)}.`;
  if (!history.isMeansProved || history.codeAtMs === null) return UNPROVED;
  if (rule.bound !== 'payments') {
    if (sumMax === undefined) return `There is no limit of the sum in ${currency}.`;
    const sum = sumIn(history, currency);
    if (sum === null) return `Not all that was paid since the last code was in ${currency}: there is no sum.`;
    if (sum + amount.minor > sumMax) {
      return `${asMoney(sum)} were paid since the last code; the limit of the sum is ${asMoney(sumMax)}.`;
    }
  }
  if (rule.bound !== 'sum' && history.payments + 1 > rule.paymentsMax) {
    return `${history.payments} payments were made since the last code; the limit is ${rule.paymentsMax}.`;
  }
  return null;
}

function sumIn(history: History, currency: string): bigint | null {
  if (history.payments === 0) return 0n;
  return history.currency === currency ? history.sumMinor : null;
}

function againstRate(
  rule: RiskRule,
  rate: FraudRate | undefined,
  { means, amount }: Facts,
  history: History,
): string | null {
  const { currency } = amount;
  if (means === 'trustee') return 'The fraud rate is that of cards, and this is none.';
  if (rate === undefined) return `No fraud rate is stated in ${currency}.`;
  const ageMs = history.nowMs - Date.parse(`${rate.statedOn}T00:00:00Z`);
  // Written so that a date that does not read is old.
  if (!(ageMs >= 0 && ageMs <= FRAUD_RATE_DAYS * DAY_MS)) {
    return `The fraud rate was stated on ${rate.statedOn}, which is not within the last ${FRAUD_RATE_DAYS} days.`;
  }
  const reached = rule.bands.filter((band) => rate.bp <= band.rateBpMax && band.upTo.has(currency));
  if (reached.length === 0) return `No band has a fraud rate of ${rate.bp} bp in ${currency}.`;
  const upTo = reached.reduce((most, band) => {
    const own = band.upTo.get(currency) ?? 0n;
    return own > most ? own : most;
  }, 0n);
  if (amount.minor <= upTo) return null;
  return `At a fraud rate of ${rate.bp} bp the limit is ${shown({ minor: upTo, currency })}.`;
}

function againstSignals({ signals }: RiskRule, facts: Facts, history: History): string | null {
  const { amount, payerCountry, ipCountry } = facts;
  if (signals.newMeans && !history.isMeansProved) return UNPROVED;
  if (signals.newPayee && !history.isPayeePaid) return 'The payer has never paid this payee.';
  const within = (ms: number) => history.recentMs.filter((at) => at > history.nowMs - ms).length + 1;
  if (within(HOUR_MS) > signals.perHourMax)
    return `It is more than ${signals.perHourMax} payments in an hour.`;
  if (within(DAY_MS) > signals.perDayMax) return `It is more than ${signals.perDayMax} payments in a day.`;
  const { largestMinor } = history;
  if (largestMinor === null) return `What is usual for the payer in ${amount.currency} is not known.`;
  if (Number(amount.minor) > Number(largestMinor) * signals.usualTimesMax) {
    const largest = shown({ minor: largestMinor, currency: amount.currency });
    return `It is more than ${signals.usualTimesMax} times the ${largest} that the payer confirmed by a code.`;
  }
  if (signals.country === 'ignored') return null;
  if (payerCountry === null || ipCountry === null) {
    return signals.country === 'must_match' ? 'Where the payer is, or is at home, is not known.' : null;
  }
  return payerCountry === ipCountry
    ? null
    : `The payer is in ${ipCountry}, and his number in ${payerCountry}.`;
}

function shown(money: Money): string {
  return `${money.currency} ${formatAmount(money)}`;
}
