/** Accounts and transfers as JSON: the schemas that check requests and make the OpenAPI document. */
import { amountInput, CurrencyInput, ONE_LINE } from '../http/inputs.ts';
import { z } from '@hono/zod-openapi';
import { formatAmount, isCurrency, parseMoney, type Money } from '../std/money.ts';
import { availableOf, balanceOf, MINOR_MAX, type Account, type Balances, type Side } from './account.ts';
import { isoMicros } from './time.ts';
import { expiresAtUs, postedAmount, stateOf, type NewTransfer, type Transfer } from './transfer.ts';

const asciiName = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    // What begins with a tilde is the ledger's own.
    .regex(/^[\x21-\x7d][\x21-\x7e]*$/, 'must be printable ASCII without spaces, and not begin with ~');

const kind = z
  .string()
  .max(32)
  .regex(/^[a-z][a-z0-9_]*$/, 'must be lower-case letters, digits and _');

const currency = CurrencyInput;

export const accountIdOf = z.string().max(64).openapi({ example: 'acc_2k8w4n0c6t1v9y3m5q7r0x4z8b' });
export const transferIdOf = z.string().max(64).openapi({ example: 'trf_6d1h9s3x8f0k2m7p5w4z1c9v0t' });

export const AmountSchema = amountInput((minor) =>
  minor <= MINOR_MAX ? null : 'is more than a total can hold',
).openapi('LedgerAmount');

const AmountJson = z.object({ value: z.string(), currency }).openapi('LedgerAmountOut');

export function amountJson(money: Money): z.infer<typeof AmountJson> {
  return { value: formatAmount(money), currency: money.currency };
}

const signedValue = z.string().max(25).nullable().default(null);

export const NewAccountSchema = z
  .strictObject({
    code: asciiName(120).openapi({
      description:
        'Your own name for it, unique in the tenant. Asked for again, the same account is answered.',
      example: 'merchant:acme',
    }),
    kind: kind.openapi({ description: 'What sort of account it is.', example: 'merchant' }),
    currency,
    normalSide: z.enum(['debit', 'credit']).openapi({
      description:
        'The side on which its balance grows: `debit` for what you own or are owed, `credit` for what you owe.',
    }),
    debitsWithinCredits: z.boolean().default(false).openapi({
      description: 'Refuse what would debit more than was credited; pending debits count.',
    }),
    creditsWithinDebits: z
      .boolean()
      .default(false)
      .openapi({ description: 'The same, the other way round.' }),
    minimum: signedValue.openapi({
      description: 'The lowest balance on the normal side, in major units; at most zero.',
      example: '-500.00',
    }),
    maximum: signedValue.openapi({ description: 'The highest; at least zero.', example: null }),
    clientId: z.string().max(64).nullable().default(null).openapi({
      description: 'The client whose keys may read the account.',
      example: null,
    }),
  })
  .transform((asked, context) => {
    if (!isCurrency(asked.currency)) return { ...asked, minimum: null, maximum: null };
    const limit = (name: 'minimum' | 'maximum'): bigint | null => {
      const text = asked[name];
      if (text === null) return null;
      const money = parseMoney(text.replace(/^-/, ''), asked.currency);
      if (money.ok) return text.startsWith('-') ? -money.value.minor : money.value.minor;
      context.addIssue({ code: 'custom', path: [name], message: money.detail ?? money.refusal });
      return null;
    };
    return { ...asked, minimum: limit('minimum'), maximum: limit('maximum') };
  })
  .openapi('NewAccount');

export const BalanceSchema = z
  .object({
    currency,
    balance: z.string().openapi({ description: 'What was posted, on the normal side.', example: '312.40' }),
    available: z.string().openapi({ description: 'The balance less what is pending against it.' }),
    debitsPosted: z.string(),
    creditsPosted: z.string(),
    debitsPending: z.string(),
    creditsPending: z.string(),
  })
  .openapi('Balance');

export const AccountSchema = z
  .object({
    id: accountIdOf,
    code: z.string(),
    kind: z.string(),
    normalSide: z.enum(['debit', 'credit']),
    debitsWithinCredits: z.boolean(),
    creditsWithinDebits: z.boolean(),
    minimum: z.string().nullable(),
    maximum: z.string().nullable(),
    clientId: z.string().nullable(),
    balance: BalanceSchema,
    createdAt: z.iso.datetime(),
    closedAt: z.iso.datetime().nullable().openapi({ example: null }),
  })
  .openapi('Account');

export function balanceJson(
  account: { readonly currency: string; readonly normalSide: Side },
  balances: Balances,
): z.infer<typeof BalanceSchema> {
  const text = (minor: bigint): string => formatAmount({ minor, currency: account.currency });
  return {
    currency: account.currency,
    balance: text(balanceOf(account.normalSide, balances)),
    available: text(availableOf(account.normalSide, balances)),
    debitsPosted: text(balances.debitsPosted),
    creditsPosted: text(balances.creditsPosted),
    debitsPending: text(balances.debitsPending),
    creditsPending: text(balances.creditsPending),
  };
}

export function accountJson(account: Account): z.infer<typeof AccountSchema> {
  const { id, code, kind: sort, normalSide, debitsWithinCredits, creditsWithinDebits, clientId } = account;
  const limit = (minor: bigint | null): string | null =>
    minor === null ? null : formatAmount({ minor, currency: account.currency });
  return {
    id,
    code,
    kind: sort,
    normalSide,
    debitsWithinCredits,
    creditsWithinDebits,
    minimum: limit(account.minimum),
    maximum: limit(account.maximum),
    clientId,
    balance: balanceJson(account, account),
    createdAt: isoMicros(account.createdAtUs),
    closedAt: account.closedAtUs === null ? null : isoMicros(account.closedAtUs),
  };
}

/** Longer than any authorisation of a bank lives. */
const TIMEOUT_MAX_S = 400 * 24 * 3600;
const DETAILS_MAX = 2_000;

const reference = z
  .string()
  .trim()
  .min(1)
  .max(140)
  .regex(ONE_LINE, 'must be one line without control or invisible characters')
  .nullable()
  .default(null)
  .openapi({ description: 'One line that statements show.', example: 'Invoice 7' });

export const NewTransferSchema = z
  .strictObject({
    externalId: asciiName(120).openapi({
      description:
        'Your own id of it, unique in the tenant: sent again, the transfer is answered and not made again.',
      example: 'order-4711:payment',
    }),
    debitAccountId: accountIdOf,
    creditAccountId: accountIdOf,
    amount: AmountSchema,
    kind: kind.default('transfer').openapi({ example: 'payment' }),
    reference,
    details: z
      .record(z.string(), z.unknown())
      .nullable()
      .default(null)
      .openapi({
        description:
          'Anything of yours, as JSON of at most 2,000 characters. No personal data: it is never erased.',
      })
      .refine((details) => details === null || JSON.stringify(details).length <= DETAILS_MAX, 'is too long'),
    pending: z
      .strictObject({
        timeoutSeconds: z.number().int().min(1).max(TIMEOUT_MAX_S).nullable().default(null).openapi({
          description: 'After so long it expires by itself; null for never.',
          example: 900,
        }),
      })
      .nullable()
      .default(null)
      .openapi({ description: 'Reserve the amount instead of moving it; then post or void.' }),
  })
  .openapi('NewTransfer');

export function newTransferOf(asked: z.output<typeof NewTransferSchema>): NewTransfer & { do: 'transfer' } {
  const { pending, details } = asked;
  const { timeoutSeconds } = pending ?? { timeoutSeconds: null };
  return {
    ...asked,
    do: 'transfer',
    details: details === null ? null : JSON.stringify(details),
    pending: pending === null ? null : { timeoutMs: timeoutSeconds === null ? null : timeoutSeconds * 1000 },
  };
}

export const TransferSchema = z
  .object({
    id: transferIdOf,
    externalId: z.string(),
    debitAccountId: accountIdOf,
    creditAccountId: accountIdOf,
    amount: AmountJson,
    kind: z.string(),
    state: z.enum(['pending', 'posted', 'voided', 'expired']),
    postedAmount: AmountJson.openapi({ description: 'What has moved; of a pending transfer nothing yet.' }),
    reference: z.string().nullable(),
    details: z.record(z.string(), z.unknown()).nullable(),
    link: z
      .string()
      .nullable()
      .openapi({ description: 'The same on all transfers that were made together.' }),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
  })
  .openapi('Transfer');

export function transferJson(transfer: Transfer): z.infer<typeof TransferSchema> {
  const { row, end } = transfer;
  const { currency: code } = row;
  const untilUs = expiresAtUs(row);
  return {
    id: row.id,
    externalId: row.externalId ?? '',
    debitAccountId: row.debitAccountId,
    creditAccountId: row.creditAccountId,
    amount: amountJson({ minor: row.amount, currency: code }),
    kind: row.kind,
    state: stateOf(transfer),
    postedAmount: amountJson({ minor: postedAmount(transfer), currency: code }),
    reference: row.reference,
    details: row.details === null ? null : (JSON.parse(row.details) as Record<string, unknown>),
    link: row.link,
    createdAt: isoMicros(row.atUs),
    expiresAt: untilUs === null ? null : isoMicros(untilUs),
    endedAt: end === null ? null : isoMicros(end.atUs),
  };
}
