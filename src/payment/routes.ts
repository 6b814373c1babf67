import type { Context as HttpContext } from 'hono';
import type { Act } from '../confirmation/act.ts';
import type { Confirmations } from '../confirmation/confirmations.ts';
import { openedResource } from '../confirmation/routes.ts';
import { createRouter, type App, type HttpEnv } from '../http/app.ts';
import { toPage } from '../http/openapi.ts';
import { problem, refusalProblem } from '../http/problem.ts';
import {
  beginPaymentRoute,
  cancelPaymentRoute,
  completePaymentRoute,
  createPaymentRoute,
  getPaymentRoute,
  listPaymentsRoute,
  listRefundsRoute,
  refundPaymentRoute,
  type PayerInput,
} from './api.ts';
import { PAYMENT_PROBLEMS as PROBLEMS } from './problems.ts';
import { paymentResource, refundResource } from './resource.ts';
import type { Caller, NewPayment, PaymentVerbs } from './verbs.ts';

/** The JSON API of payments, for merchants. No card number passes here: those go to the hosted page (S8). */
export function paymentRoutes(payments: PaymentVerbs, confirmations: Confirmations): App {
  const app = createRouter();
  addAsking(app, payments, confirmations);
  addSettling(app, payments);
  return app;
}

function addAsking(app: App, payments: PaymentVerbs, confirmations: Confirmations): void {
  app.openapi(createPaymentRoute, async (c) => {
    const { payer, payee, reference, description, capture, bankAsked, series, ...rest } = c.req.valid('json');
    const input: NewPayment = {
      ...rest,
      payee: payee ?? null,
      reference: reference ?? null,
      description: description ?? null,
      payer: payer === undefined ? null : payerOf(payer),
      capture: capture ?? null,
      bankAsked: bankAsked ?? null,
      series: series ?? null,
      language: rest.language ?? null,
      returnUrl: rest.returnUrl ?? null,
    };
    const made = await payments.create(callerOf(c), input);
    if (!made.ok) return refusalProblem(c, PROBLEMS, made);
    const { payment, url } = made.value;
    c.header('Location', `/v1/payments/${payment.id}`);
    return c.json({ ...paymentResource(payment), page: url }, 201);
  });

  app.openapi(listPaymentsRoute, async (c) => {
    const { limit, cursor = null } = c.req.valid('query');
    const found = await payments.list(callerOf(c), cursor, limit + 1);
    const { items, nextCursor } = toPage(found, limit);
    return c.json({ items: items.map(paymentResource), nextCursor }, 200);
  });

  app.openapi(getPaymentRoute, async (c) => {
    const view = await payments.find(callerOf(c), c.req.valid('param').id);
    return view ? c.json(paymentResource(view), 200) : problem(c, PROBLEMS, 'not_found');
  });

  app.openapi(beginPaymentRoute, async (c) => {
    const { id } = c.req.valid('param');
    const { means, payer, language = null } = c.req.valid('json');
    const caller = callerOf(c);
    const begun = await payments.begin(caller, id, {
      payer: payer === undefined ? null : payerOf(payer),
      means,
      ip: c.get('ip'),
      language,
    });
    if (!begun.ok) return refusalProblem(c, PROBLEMS, begun);
    if (begun.value.next === 'code') {
      const { confirmation } = begun.value;
      const act = JSON.parse(confirmation.row.act) as Act;
      const opened = openedResource(confirmations, confirmation, act);
      return c.json({ next: 'code' as const, confirmation: opened }, 200);
    }
    const view = await payments.find(caller, id);
    if (!view) return problem(c, PROBLEMS, 'not_found');
    return c.json({ next: 'done' as const, payment: paymentResource(view) }, 200);
  });
}

function addSettling(app: App, payments: PaymentVerbs): void {
  app.openapi(completePaymentRoute, async (c) => {
    const { amount = null } = c.req.valid('json');
    const completed = await payments.complete(callerOf(c), c.req.valid('param').id, amount);
    return completed.ok
      ? c.json(paymentResource(completed.value), 200)
      : refusalProblem(c, PROBLEMS, completed);
  });

  app.openapi(cancelPaymentRoute, async (c) => {
    const cancelled = await payments.cancel(callerOf(c), c.req.valid('param').id);
    return cancelled.ok
      ? c.json(paymentResource(cancelled.value), 200)
      : refusalProblem(c, PROBLEMS, cancelled);
  });

  app.openapi(refundPaymentRoute, async (c) => {
    const { id } = c.req.valid('param');
    const { amount = null } = c.req.valid('json');
    const refund = await payments.refund(callerOf(c), id, amount);
    return refund.ok ? c.json(refundResource(id, refund.value), 201) : refusalProblem(c, PROBLEMS, refund);
  });

  app.openapi(listRefundsRoute, async (c) => {
    const { id } = c.req.valid('param');
    const caller = callerOf(c);
    if (!(await payments.find(caller, id))) return problem(c, PROBLEMS, 'not_found');
    const refunds = await payments.refunds(caller, id);
    return c.json({ items: refunds.map((refund) => refundResource(id, refund)) }, 200);
  });
}

function callerOf(c: HttpContext<HttpEnv>): Caller {
  const { tenantId, clientId } = c.get('principal');
  return { tenantId, clientId };
}

function payerOf(payer: PayerInput): NonNullable<NewPayment['payer']> {
  return 'id' in payer ? { subscriberId: payer.id } : payer;
}
