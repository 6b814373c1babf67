/** What the trustee's API takes and gives, and its routes as data. */
import { createRoute, z } from '@hono/zod-openapi';
import { adminOnly } from '../../http/client-auth.ts';
import {
  BEHIND_API_KEY,
  jsonAnswer,
  jsonBody,
  PageQuery,
  pageOf,
  problemAnswers,
} from '../../http/openapi.ts';
import { LANGUAGES } from '../../std/language.ts';
import { FeesSchema } from './fee.ts';
import { STAGES } from './period.ts';
import { TRUSTEE_PROBLEMS as PROBLEMS, USUAL } from './problems.ts';

const shared = { tags: ['Trustee'], security: BEHIND_API_KEY };
const admin = { ...shared, middleware: adminOnly };

const currency = z.string().max(3).openapi({ example: 'EUR' });
const amount = z.string().max(20).openapi({ example: '312.40' });
const id = z.string().max(64);
const period = z.string().max(7).openapi({ example: '2026-10' });
const time = z.iso.datetime();

const BuyerTermsSchema = z
  .strictObject({
    cardToken: id.nullable().openapi({
      description: 'The card on file that bills are collected from; null where you collect otherwise.',
    }),
    limit: amount.openapi({ description: 'What he may owe at most.' }),
    bankAbove: amount.nullable().default(null).openapi({
      description: 'An amount above it is asked of the bank first; null for never.',
    }),
  })
  .openapi('BuyerTerms');

export const BuyerJson = z
  .object({
    id,
    subscriberId: id,
    currency,
    cardToken: id.nullable(),
    limit: amount,
    bankAbove: amount.nullable(),
    createdAt: time,
    endedAt: time.nullable(),
  })
  .openapi('TrusteeBuyer');

export const MerchantJson = z
  .object({ clientId: id, currency, fees: FeesSchema, createdAt: time, endedAt: time.nullable() })
  .openapi('TrusteeMerchant');

export const PeriodJson = z
  .object({
    period,
    stage: z.enum(STAGES),
    startedAt: time,
    endedAt: time.nullable(),
    totals: z.array(
      z.object({
        currency,
        bills: z.number().int(),
        billed: amount,
        paid: z.number().int(),
        collected: amount,
        unpaid: z.number().int(),
        payouts: z.number().int(),
        gross: amount,
        fees: amount,
      }),
    ),
  })
  .openapi('TrusteePeriod');

export const BillJson = z
  .object({
    id,
    period,
    subscriberId: id,
    currency,
    amount,
    state: z.enum(['open', 'unpaid', 'paid']),
    reason: z.string().nullable().openapi({ example: 'declined_51' }),
    tries: z.number().int(),
    paidHow: z.enum(['card', 'otherwise']).nullable(),
    authCode: z.string().nullable(),
    cardLastFour: z.string().nullable(),
    nextTryAt: time.nullable(),
    createdAt: time,
  })
  .openapi('Bill');

export const PayoutJson = z
  .object({
    id,
    period,
    clientId: id,
    currency,
    gross: amount,
    fee: amount,
    paid: amount,
    payments: z.number().int(),
    paidAt: time,
  })
  .openapi('Payout');

const ofBuyer = z.strictObject({ subscriberId: id, currency });
const ofMerchant = z.strictObject({ clientId: id, currency });
const ofPeriod = z.strictObject({ period });
const one = z.strictObject({ id });
const format = z.strictObject({
  format: z.enum(['json', 'csv', 'pdf']).default('json'),
  lang: z.enum(LANGUAGES).default('en'),
});

export const putBuyerRoute = createRoute({
  ...admin,
  method: 'put',
  path: '/v1/trustee/buyers/{subscriberId}/{currency}',
  operationId: 'putTrusteeBuyer',
  summary: 'Make or change the contract of a buyer',
  description: 'One for each person and currency. One that has ended runs again.',
  request: { params: ofBuyer, body: jsonBody(BuyerTermsSchema, 'The terms.') },
  responses: {
    200: jsonAnswer(BuyerJson, 'The contract.'),
    ...problemAnswers(PROBLEMS, [
      ...USUAL,
      'unknown_subscriber',
      'unknown_currency',
      'malformed_limit',
      'card_not_on_file',
    ]),
  },
});

export const listBuyersRoute = createRoute({
  ...admin,
  method: 'get',
  path: '/v1/trustee/buyers',
  operationId: 'listTrusteeBuyers',
  summary: 'List the contracts of buyers',
  request: { query: PageQuery },
  responses: {
    200: jsonAnswer(pageOf(BuyerJson, 'TrusteeBuyerPage'), 'A page of contracts, those that have ended too.'),
    ...problemAnswers(PROBLEMS, USUAL),
  },
});

export const endBuyerRoute = createRoute({
  ...admin,
  method: 'delete',
  path: '/v1/trustee/buyers/{subscriberId}/{currency}',
  operationId: 'endTrusteeBuyer',
  summary: 'End the contract of a buyer',
  description: 'He can spend no more; what he owes is still billed.',
  request: { params: ofBuyer },
  responses: {
    200: jsonAnswer(BuyerJson, 'The contract, ended.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'not_found']),
  },
});

export const putMerchantRoute = createRoute({
  ...admin,
  method: 'put',
  path: '/v1/trustee/merchants/{clientId}/{currency}',
  operationId: 'putTrusteeMerchant',
  summary: 'Make or change the contract of a merchant',
  description: 'Payouts that were made keep the rules that they were made by.',
  request: { params: ofMerchant, body: jsonBody(FeesSchema, 'What is kept of what is paid out.') },
  responses: {
    200: jsonAnswer(MerchantJson, 'The contract.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'unknown_client', 'unknown_currency', 'malformed_fees']),
  },
});

export const listMerchantsRoute = createRoute({
  ...admin,
  method: 'get',
  path: '/v1/trustee/merchants',
  operationId: 'listTrusteeMerchants',
  summary: 'List the contracts of merchants',
  responses: {
    200: jsonAnswer(
      z.object({ items: z.array(MerchantJson) }).openapi('TrusteeMerchantList'),
      'All of them.',
    ),
    ...problemAnswers(PROBLEMS, USUAL),
  },
});

export const endMerchantRoute = createRoute({
  ...admin,
  method: 'delete',
  path: '/v1/trustee/merchants/{clientId}/{currency}',
  operationId: 'endTrusteeMerchant',
  summary: 'End the contract of a merchant',
  description: 'What he is owed is still paid out.',
  request: { params: ofMerchant },
  responses: {
    200: jsonAnswer(MerchantJson, 'The contract, ended.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'not_found']),
  },
});

export const runPeriodRoute = createRoute({
  ...admin,
  method: 'post',
  path: '/v1/trustee/periods/{period}/run',
  operationId: 'runTrusteePeriod',
  summary: 'Bill the buyers and pay the merchants out for a period',
  description:
    'Goes on in the background. However often it is started, each is billed once and paid once; after a crash, ' +
    'start it again.',
  request: { params: ofPeriod },
  responses: {
    202: jsonAnswer(PeriodJson, 'The run.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'malformed_period', 'period_not_over']),
  },
});

export const getPeriodRoute = createRoute({
  ...admin,
  method: 'get',
  path: '/v1/trustee/periods/{period}',
  operationId: 'getTrusteePeriod',
  summary: 'Get the run of a period with its totals',
  request: { params: ofPeriod },
  responses: {
    200: jsonAnswer(PeriodJson, 'The run.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'not_found']),
  },
});

export const listBillsRoute = createRoute({
  ...admin,
  method: 'get',
  path: '/v1/trustee/periods/{period}/bills',
  operationId: 'listBills',
  summary: 'List the bills of a period',
  request: {
    params: ofPeriod,
    query: PageQuery.extend({ state: z.enum(['open', 'unpaid', 'paid']).optional() }),
  },
  responses: {
    200: jsonAnswer(pageOf(BillJson, 'BillPage'), 'A page of bills.'),
    ...problemAnswers(PROBLEMS, USUAL),
  },
});

const asFile = {
  'text/csv': { schema: z.string() },
  'application/pdf': { schema: z.string().openapi({ format: 'binary' }) },
};

export const getBillRoute = createRoute({
  ...admin,
  method: 'get',
  path: '/v1/trustee/bills/{id}',
  operationId: 'getBill',
  summary: 'Get a bill: as JSON, or with its lines as CSV or PDF',
  request: { params: one, query: format },
  responses: {
    200: { description: 'The bill.', content: { 'application/json': { schema: BillJson }, ...asFile } },
    ...problemAnswers(PROBLEMS, [...USUAL, 'not_found']),
  },
});

const changing = {
  ...admin,
  method: 'post',
  request: { params: one },
  responses: {
    200: jsonAnswer(BillJson, 'The bill.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'not_found', 'bill_not_unpaid']),
  },
} as const;

export const collectBillRoute = createRoute({
  ...changing,
  path: '/v1/trustee/bills/{id}/collection',
  operationId: 'collectBill',
  summary: 'Have the bank asked again for an unpaid bill',
  description: 'From the card of the contract as it is now.',
});

export const settleBillRoute = createRoute({
  ...changing,
  path: '/v1/trustee/bills/{id}/settlement',
  operationId: 'settleBill',
  summary: 'Say that an unpaid bill was collected otherwise',
});

export const listPayoutsRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/trustee/periods/{period}/payouts',
  operationId: 'listPayouts',
  summary: 'List the payouts of a period',
  description: 'A client key sees its own.',
  request: { params: ofPeriod, query: PageQuery },
  responses: {
    200: jsonAnswer(pageOf(PayoutJson, 'PayoutPage'), 'A page of payouts.'),
    ...problemAnswers(PROBLEMS, USUAL),
  },
});

export const getPayoutRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/trustee/payouts/{id}',
  operationId: 'getPayout',
  summary: 'Get a payout: as JSON, or with its lines as CSV or PDF',
  request: { params: one, query: format },
  responses: {
    200: { description: 'The payout.', content: { 'application/json': { schema: PayoutJson }, ...asFile } },
    ...problemAnswers(PROBLEMS, [...USUAL, 'not_found']),
  },
});

export const makeLinkRoute = createRoute({
  ...admin,
  method: 'post',
  path: '/v1/trustee/links',
  operationId: 'makeOperatorLink',
  summary: "Make a link to the operator's pages",
  description: 'Whoever has it reads the periods, bills and payouts of the tenant for eight hours.',
  responses: {
    201: jsonAnswer(z.object({ url: z.string(), expiresAt: time }).openapi('OperatorLink'), 'The link.'),
    ...problemAnswers(PROBLEMS, USUAL),
  },
});
