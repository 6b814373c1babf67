/** The API of the trustee. Mount behind `clientAuth`; everything stays inside the caller's tenant (S14). */
import type { Context as HttpContext } from 'hono';
import type { z } from '@hono/zod-openapi';
import { createRouter, type App } from '../../http/app.ts';
import { toPage } from '../../http/openapi.ts';
import { problem, refusalProblem } from '../../http/problem.ts';
import { isoMicros } from '../../ledger/time.ts';
import { isoTime } from '../../std/clock.ts';
import { formatAmount } from '../../std/money.ts';
import type { Sql } from '../../store/connection.ts';
import * as api from './api.ts';
import type { Bill } from './bill.ts';
import { listBills } from './bill-store.ts';
import { buyerHome, contractId, type Buyer } from './contract.ts';
import { endBuyerOnce, endMerchantOnce, listBuyers, listMerchants, type Merchant } from './contract-store.ts';
import { saveBuyerContract, saveMerchantContract } from './contracts.ts';
import type { TrusteeDesk } from './desk.ts';
import type { TrusteeDocument } from './document.ts';
import { documentCsv } from './document-csv.ts';
import { documentPdf } from './document-pdf.ts';
import { FeesSchema } from './fee.ts';
import { LINK_LIFE_MS, makeLink } from './link.ts';
import { listPayouts } from './payout-store.ts';
import type { Payout } from './payout.ts';
import { findRun, readTotals, type PeriodRow } from './period-store.ts';
import { TRUSTEE_PROBLEMS as PROBLEMS } from './problems.ts';
import {
  CSV_LINES_MAX,
  findPayoutOf,
  LINES_MAX,
  readBillDocument,
  readPayoutDocument,
} from './read-document.ts';
import { startPeriod } from './run.ts';
import { collectAgain, findBillOf, settleOtherwise } from './settle.ts';

export function trusteeRoutes(desk: TrusteeDesk): App {
  const app = createRouter();
  addContracts(app, desk);
  addPeriods(app, desk);
  addBills(app, desk);
  addPayouts(app, desk);
  app.openapi(api.makeLinkRoute, (c) => {
    const nowMs = desk.clock.nowMs();
    const token = makeLink(desk.keys, c.get('principal').tenantId, nowMs);
    const url = `${desk.publicUrl}/operator/enter?key=${token}`;
    return c.json({ url, expiresAt: isoTime(nowMs + LINK_LIFE_MS) }, 201);
  });
  return app;
}

function addContracts(app: App, { context }: TrusteeDesk): void {
  const { sql } = context;
  app.openapi(api.putBuyerRoute, async (c) => {
    const { tenantId } = c.get('principal');
    const saved = await saveBuyerContract(
      context,
      { tenantId, ...c.req.valid('param') },
      c.req.valid('json'),
    );
    return saved.ok ? c.json(buyerJson(saved.value), 200) : refusalProblem(c, PROBLEMS, saved);
  });
  app.openapi(api.listBuyersRoute, async (c) => {
    const { limit, cursor = '' } = c.req.valid('query');
    const found = await listBuyers(sql, c.get('principal').tenantId, cursor, limit + 1);
    const { items, nextCursor } = toPage(found, limit);
    return c.json({ items: items.map(buyerJson), nextCursor }, 200);
  });
  app.openapi(api.endBuyerRoute, async (c) => {
    const { tenantId } = c.get('principal');
    const { subscriberId, currency } = c.req.valid('param');
    const home = buyerHome(subscriberId);
    const ended =
      home === null
        ? null
        : await endBuyerOnce(sql, home, contractId(home, tenantId, subscriberId, currency));
    return ended ? c.json(buyerJson(ended), 200) : problem(c, PROBLEMS, 'not_found');
  });
  app.openapi(api.putMerchantRoute, async (c) => {
    const { tenantId } = c.get('principal');
    const saved = await saveMerchantContract(sql, { tenantId, ...c.req.valid('param') }, c.req.valid('json'));
    return saved.ok ? c.json(merchantJson(saved.value), 200) : refusalProblem(c, PROBLEMS, saved);
  });
  app.openapi(api.listMerchantsRoute, async (c) => {
    const found = await listMerchants(sql, c.get('principal').tenantId);
    return c.json({ items: found.map(merchantJson) }, 200);
  });
  app.openapi(api.endMerchantRoute, async (c) => {
    const { tenantId } = c.get('principal');
    const ended = await endMerchantOnce(sql, { tenantId, ...c.req.valid('param') });
    return ended ? c.json(merchantJson(ended), 200) : problem(c, PROBLEMS, 'not_found');
  });
}

function addPeriods(app: App, desk: TrusteeDesk): void {
  const { sql } = desk.context;
  app.openapi(api.runPeriodRoute, async (c) => {
    const run = { tenantId: c.get('principal').tenantId, period: c.req.valid('param').period };
    const started = await startPeriod(desk.context, run);
    if (!started.ok) return refusalProblem(c, PROBLEMS, started);
    desk.runSoon(run);
    const row = await findRun(sql, run.tenantId, run.period);
    return row ? c.json(await periodJson(sql, row), 202) : problem(c, PROBLEMS, 'not_found');
  });
  app.openapi(api.getPeriodRoute, async (c) => {
    const row = await findRun(sql, c.get('principal').tenantId, c.req.valid('param').period);
    return row ? c.json(await periodJson(sql, row), 200) : problem(c, PROBLEMS, 'not_found');
  });
}

function addBills(app: App, { context: { sql } }: TrusteeDesk): void {
  app.openapi(api.listBillsRoute, async (c) => {
    const { tenantId } = c.get('principal');
    const { limit, cursor = '', state = null } = c.req.valid('query');
    const { period } = c.req.valid('param');
    const found = await listBills(sql, { tenantId, period, state }, cursor, limit + 1);
    const { items, nextCursor } = toPage(found, limit);
    return c.json({ items: items.map(billJson), nextCursor }, 200);
  });
  app.openapi(api.getBillRoute, async (c) => {
    const { tenantId } = c.get('principal');
    const { id } = c.req.valid('param');
    const { format, lang: language } = c.req.valid('query');
    const bill = await findBillOf(sql, tenantId, id);
    if (!bill) return problem(c, PROBLEMS, 'not_found');
    if (format === 'json') return c.json(billJson(bill), 200);
    const linesMax = format === 'csv' ? CSV_LINES_MAX : LINES_MAX;
    const document = await readBillDocument({ sql, tenantId, id, language, linesMax });
    return document ? fileAnswer(c, document, format) : problem(c, PROBLEMS, 'not_found');
  });
  app.openapi(api.collectBillRoute, async (c) => {
    const done = await collectAgain(sql, c.get('principal').tenantId, c.req.valid('param').id);
    return done.ok ? c.json(billJson(done.value), 200) : refusalProblem(c, PROBLEMS, done);
  });
  app.openapi(api.settleBillRoute, async (c) => {
    const done = await settleOtherwise(sql, c.get('principal').tenantId, c.req.valid('param').id);
    return done.ok ? c.json(billJson(done.value), 200) : refusalProblem(c, PROBLEMS, done);
  });
}

function addPayouts(app: App, { context: { sql } }: TrusteeDesk): void {
  app.openapi(api.listPayoutsRoute, async (c) => {
    const { tenantId, scope, clientId: own } = c.get('principal');
    const { limit, cursor = '' } = c.req.valid('query');
    const asked = {
      tenantId,
      period: c.req.valid('param').period,
      clientId: scope === 'admin' ? null : own,
    };
    const { items, nextCursor } = toPage(await listPayouts(sql, asked, cursor, limit + 1), limit);
    return c.json({ items: items.map(payoutJson), nextCursor }, 200);
  });
  app.openapi(api.getPayoutRoute, async (c) => {
    const { tenantId, scope, clientId: own } = c.get('principal');
    const clientId = scope === 'admin' ? null : own;
    const { id } = c.req.valid('param');
    const { format, lang: language } = c.req.valid('query');
    const payout = await findPayoutOf(sql, tenantId, clientId, id);
    if (!payout) return problem(c, PROBLEMS, 'not_found');
    if (format === 'json') return c.json(payoutJson(payout), 200);
    const linesMax = format === 'csv' ? CSV_LINES_MAX : LINES_MAX;
    const document = await readPayoutDocument({ sql, tenantId, id, language, linesMax }, clientId);
    return document ? fileAnswer(c, document, format) : problem(c, PROBLEMS, 'not_found');
  });
}

/** As a file to keep; also for the operator's pages. */
export async function fileAnswer(
  c: HttpContext,
  document: TrusteeDocument,
  format: 'csv' | 'pdf',
): Promise<Response> {
  c.header('Content-Disposition', `attachment; filename="${document.kind}-${document.id}.${format}"`);
  if (format === 'pdf') {
    return c.body(await documentPdf(document), 200, { 'Content-Type': 'application/pdf' });
  }
  const type = 'text/csv; charset=utf-8; header=present';
  return c.body(documentCsv(document), 200, { 'Content-Type': type });
}

const maybeTime = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));

function buyerJson(row: Buyer): z.infer<typeof api.BuyerJson> {
  const { id, subscriberId, currency, cardToken, limit, bankAbove } = row;
  const text = (minor: bigint): string => formatAmount({ minor, currency });
  return {
    id,
    subscriberId,
    currency,
    cardToken,
    limit: text(limit),
    bankAbove: bankAbove === null ? null : text(bankAbove),
    createdAt: isoTime(row.createdAtMs),
    endedAt: maybeTime(row.endedAtMs),
  };
}

function merchantJson({ clientId, currency, fees, createdAtMs, endedAtMs }: Merchant) {
  const rules = FeesSchema.parse(JSON.parse(fees));
  return {
    clientId,
    currency,
    fees: rules,
    createdAt: isoTime(createdAtMs),
    endedAt: maybeTime(endedAtMs),
  } satisfies z.infer<typeof api.MerchantJson>;
}

async function periodJson(sql: Sql, row: PeriodRow): Promise<z.infer<typeof api.PeriodJson>> {
  const totals = await readTotals(sql, row.tenantId, row.period);
  return {
    period: row.period,
    stage: row.stage,
    startedAt: isoTime(row.startedAtMs),
    endedAt: maybeTime(row.endedAtMs),
    totals: totals.map(({ currency, billed, collected, gross, fees, ...counts }) => {
      const text = (minor: bigint): string => formatAmount({ minor, currency });
      return {
        currency,
        ...counts,
        billed: text(billed),
        collected: text(collected),
        gross: text(gross),
        fees: text(fees),
      };
    }),
  };
}

function billJson(bill: Bill): z.infer<typeof api.BillJson> {
  const { id, period, subscriberId, currency, minor, state, reason, tries, paidHow, authCode, lastFour } =
    bill;
  return {
    id,
    period,
    subscriberId,
    currency,
    amount: formatAmount({ minor, currency }),
    state,
    reason,
    tries,
    paidHow,
    authCode,
    cardLastFour: lastFour,
    nextTryAt: maybeTime(bill.dueAtMs),
    createdAt: isoTime(bill.createdAtMs),
  };
}

function payoutJson({ id, period, clientId, currency, gross, fee, payments, paidUs }: Payout) {
  const text = (minor: bigint): string => formatAmount({ minor, currency });
  return {
    id,
    period,
    clientId,
    currency,
    gross: text(gross),
    fee: text(fee),
    paid: text(gross - fee),
    payments,
    paidAt: isoMicros(Number(paidUs)),
  } satisfies z.infer<typeof api.PayoutJson>;
}
