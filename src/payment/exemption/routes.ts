import { createRouter, type App } from '../../http/app.ts';
import { adminOnly } from '../../http/client-auth.ts';
import { problem, refusalProblem } from '../../http/problem.ts';
import { openedResource } from '../../confirmation/routes.ts';
import { getSubscriber } from '../../directory/manage.ts';
import { isoTime } from '../../std/clock.ts';
import {
  changeTrustedPayeeRoute,
  decidePaymentRoute,
  EXEMPTION_PROBLEMS as PROBLEMS,
  getPaymentPolicyRoute,
  listTrustedPayeesRoute,
  putPaymentPolicyRoute,
} from './api.ts';
import type { ExemptionDesk } from './desk.ts';
import { readPaymentPolicy, writePaymentPolicy } from './policy-store.ts';

/**
 * Payment policy and dry runs, for administrators: a dry run tells what a payer did with other clients.
 * Trusted payees, for each client its own. Mount behind `clientAuth`.
 */
export function exemptionRoutes(desk: ExemptionDesk): App {
  const app = createRouter();
  app.use('/v1/payment-policy', adminOnly);
  app.use('/v1/payment-decisions', adminOnly);
  addPolicy(app, desk);
  addTrust(app, desk);
  return app;
}

function addPolicy(app: App, { sql, confirmations, dryRun }: ExemptionDesk): void {
  app.openapi(getPaymentPolicyRoute, async (c) => {
    const { document } = await readPaymentPolicy(sql, c.get('principal').tenantId);
    return c.json({ ...document }, 200);
  });

  app.openapi(putPaymentPolicyRoute, async (c) => {
    // The document is kept as it was written: what it leaves out follows the defaults of later versions.
    const document = await c.req.json<Record<string, unknown>>();
    const written = await writePaymentPolicy(sql, c.get('principal').tenantId, document);
    return written.ok ? c.json(document, 200) : refusalProblem(c, PROBLEMS, written);
  });

  app.openapi(decidePaymentRoute, async (c) => {
    const { tenantId, clientId: own } = c.get('principal');
    const asked = c.req.valid('json');
    const clientId = asked.client ?? own;
    const client = await confirmations.context.clientOf(tenantId, clientId);
    if (!client) return problem(c, PROBLEMS, 'unknown_client');
    const run = await dryRun({
      tenantId,
      clientId,
      amount: asked.amount,
      payee: asked.payee ?? client.name,
      means: asked.means,
      subscriberId: asked.subscriber ?? null,
      cardToken: asked.card ?? null,
      series: asked.series ?? null,
      ip: asked.ip ?? null,
    });
    if (!run.ok) return refusalProblem(c, PROBLEMS, run);
    const { exempt, considered, ...rest } = run.value;
    const decision = exempt ? ('exempt' as const) : ('code' as const);
    return c.json({ ...rest, decision, considered: [...considered] }, 200);
  });
}

function addTrust(app: App, { sql, confirmations, exemptions, changeTrust }: ExemptionDesk): void {
  app.openapi(listTrustedPayeesRoute, async (c) => {
    const { tenantId, clientId } = c.get('principal');
    const { subscriberId } = c.req.valid('param');
    if (!(await getSubscriber(sql, tenantId, subscriberId))) {
      return problem(c, PROBLEMS, 'unknown_subscriber');
    }
    const found = await exemptions.listTrusted(sql, { tenantId, clientId, payerKey: subscriberId });
    const items = found.map(({ payee, trustedAtMs }) => ({ payee, trustedAt: isoTime(trustedAtMs) }));
    return c.json({ items }, 200);
  });

  app.openapi(changeTrustedPayeeRoute, async (c) => {
    const { payee = null, trusted, language = null, returnUrl = null } = c.req.valid('json');
    const asked = await changeTrust(c.get('principal'), {
      subscriberId: c.req.valid('param').subscriberId,
      payee,
      isWanted: trusted,
      language,
      returnUrl,
      ip: c.get('ip'),
    });
    if (!asked.ok) return refusalProblem(c, PROBLEMS, asked);
    return c.json(openedResource(confirmations, asked.value.opened, asked.value.act), 201);
  });
}
