import { createRouter, type App } from '../../http/app.ts';
import { problem, refusalProblem } from '../../http/problem.ts';
import { openedResource } from '../../confirmation/routes.ts';
import { getSubscriber } from '../../directory/manage.ts';
import { isoTime } from '../../std/clock.ts';
import {
  addCardRoute,
  CARD_PROBLEMS as PROBLEMS,
  listCardsRoute,
  removeCardRoute,
  type CardJson,
} from './api.ts';
import type { CardDesk } from './desk.ts';
import { formatExpiry, parsePan, parseTypedExpiry } from './number.ts';
import type { StoredCard } from './vault.ts';

/** The JSON API of cards on file. Mount behind `clientAuth`; every lookup is inside the tenant (S14). */
export function cardRoutes(desk: CardDesk): App {
  const app = createRouter();
  const { vault, confirmations, sql } = desk;

  app.openapi(listCardsRoute, async (c) => {
    const { tenantId } = c.get('principal');
    const { subscriberId } = c.req.valid('param');
    if (!(await getSubscriber(sql, tenantId, subscriberId))) {
      return problem(c, PROBLEMS, 'unknown_subscriber');
    }
    return c.json({ items: (await vault.list(tenantId, subscriberId)).map(cardJson) }, 200);
  });

  app.openapi(addCardRoute, async (c) => {
    const { number, expiry, language = null, returnUrl = null } = c.req.valid('json');
    const pan = parsePan(number);
    if (!pan.ok) return refusalProblem(c, PROBLEMS, pan);
    const until = parseTypedExpiry(expiry);
    if (!until.ok) return refusalProblem(c, PROBLEMS, until);
    const added = await desk.add(c.get('principal'), {
      subscriberId: c.req.valid('param').subscriberId,
      card: { pan: pan.value, expiry: until.value },
      language,
      returnUrl,
      ip: c.get('ip'),
    });
    if (!added.ok) return refusalProblem(c, PROBLEMS, added);
    const { card, opened, act } = added.value;
    const confirmation = openedResource(confirmations, opened, act);
    return c.json({ card: cardJson(card), confirmation }, 201);
  });

  app.openapi(removeCardRoute, async (c) => {
    const { subscriberId, token } = c.req.valid('param');
    const isGone = await vault.forget(c.get('principal').tenantId, subscriberId, token);
    return isGone ? c.body(null, 204) : problem(c, PROBLEMS, 'unknown_card');
  });

  return app;
}

function cardJson({ token, brand, lastFour, masked, expiry, createdAtMs }: StoredCard): CardJson {
  return {
    token,
    brand,
    lastFour,
    masked,
    expiry: expiry === null ? null : formatExpiry(expiry),
    createdAt: isoTime(createdAtMs),
  };
}
