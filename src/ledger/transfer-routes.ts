/**
 * The API of transfers: an administrator moves money, a client reads what moved on accounts that name it
 * (S14). Other rooms move money through `applyGroups`, in the transaction of what they do.
 */
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { createRouter, type App } from '../http/app.ts';
import type { BodyLimit } from '../http/body-limit.ts';
import { adminOnly } from '../http/client-auth.ts';
import { BEHIND_API_KEY, jsonAnswer, jsonBody, problemAnswers } from '../http/openapi.ts';
import { problem, ProblemSchema, refusalProblem, type ProblemBody } from '../http/problem.ts';
import { must } from '../std/assert.ts';
import type { Sql } from '../store/connection.ts';
import {
  AmountSchema,
  newTransferOf,
  NewTransferSchema,
  transferIdOf,
  TransferSchema,
  transferJson,
} from './api.ts';
import type { Answer } from './judge.ts';
import { findTransfer } from './lookup.ts';
import { LEDGER_PROBLEMS as PROBLEMS, TRANSFER_REFUSALS, USUAL } from './problems.ts';
import type { Instruction } from './transfer.ts';
import type { Apply } from './transfers.ts';

const shared = { tags: ['Ledger'], security: BEHIND_API_KEY };
const ofTransfer = z.strictObject({ id: transferIdOf });
const LIST_MAX = 1_000;

export const LEDGER_BODY_LIMITS: readonly BodyLimit[] = [
  { method: 'POST', path: '/v1/transfers', maxBytes: 2 * 1024 * 1024 },
];

const ListSchema = z
  .strictObject({
    transfers: z.array(NewTransferSchema).min(1).max(LIST_MAX),
    linked: z.boolean().default(false).openapi({ description: 'All of them apply, or none does.' }),
  })
  .openapi('NewTransfers');

const AnswerSchema = z
  .union([z.object({ transfer: TransferSchema }), z.object({ problem: ProblemSchema })])
  .openapi('TransferAnswer');

const creationRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/transfers',
  operationId: 'createTransfers',
  middleware: adminOnly,
  summary: 'Move an amount between two accounts, or many amounts',
  description:
    'One transfer is answered with 201 or a problem. A list is applied in its order and answered with 200 and one ' +
    'answer for each, whether it was made or not; with `linked`, all of them are made or none is.',
  request: { body: jsonBody(z.union([NewTransferSchema, ListSchema]), 'One transfer, or a list of them.') },
  responses: {
    200: jsonAnswer(
      z.object({ items: z.array(AnswerSchema) }).openapi('TransferAnswers'),
      'An answer for each transfer of the list, in its order.',
    ),
    201: jsonAnswer(TransferSchema, 'The transfer.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'too_large', ...TRANSFER_REFUSALS]),
  },
});

const getRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/transfers/{id}',
  operationId: 'getTransfer',
  summary: 'Get a transfer',
  request: { params: ofTransfer },
  responses: {
    200: jsonAnswer(TransferSchema, 'The transfer.'),
    ...problemAnswers(PROBLEMS, ['malformed_request', 'unauthenticated', 'unknown_transfer', 'outage']),
  },
});

const postingRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/transfers/{id}/posting',
  operationId: 'postTransfer',
  middleware: adminOnly,
  summary: 'Post a pending transfer, all of it or a part',
  description:
    'What is not posted is released. Asked for again with the same amount, it is answered the same.',
  request: {
    params: ofTransfer,
    body: jsonBody(
      z.strictObject({ amount: AmountSchema.optional() }).openapi('TransferPosting'),
      'How much; without it, all of it.',
    ),
  },
  responses: {
    200: jsonAnswer(TransferSchema, 'The transfer, posted.'),
    ...problemAnswers(PROBLEMS, [
      ...USUAL,
      'unknown_transfer',
      'not_pending',
      'already_posted',
      'already_voided',
      'already_expired',
      'exceeds_pending',
      'amount_not_positive',
      'currency_mismatch',
    ]),
  },
});

const voidingRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/transfers/{id}/voiding',
  operationId: 'voidTransfer',
  middleware: adminOnly,
  summary: 'Void a pending transfer',
  description: 'Nothing moves, and what was reserved is free again.',
  request: { params: ofTransfer },
  responses: {
    200: jsonAnswer(TransferSchema, 'The transfer, voided.'),
    ...problemAnswers(PROBLEMS, [
      ...USUAL,
      'unknown_transfer',
      'not_pending',
      'already_posted',
      'already_voided',
      'already_expired',
    ]),
  },
});

/** Mount behind `clientAuth`. */
export function transferRoutes({ sql, apply }: { sql: Sql; apply: Apply }): App {
  const app = createRouter();

  app.openapi(
    creationRoute,
    async (c) => {
      const { tenantId } = c.get('principal');
      const asked = c.req.valid('json');
      if (!('transfers' in asked)) {
        const made = only(await apply(tenantId, [[newTransferOf(asked)]]));
        if (!made.ok) return refusalProblem(c, PROBLEMS, made);
        const { id } = made.value.row;
        return c.json(transferJson(made.value), 201, { Location: `/v1/transfers/${id}` });
      }
      const instructions: Instruction[] = asked.transfers.map(newTransferOf);
      const groups = asked.linked ? [instructions] : instructions.map((each) => [each]);
      const answers = (await apply(tenantId, groups)).flat();
      return c.json({ items: answers.map(answerJson) }, 200);
    },
    (result, c) => (result.success ? undefined : malformed(c, result.error.issues)),
  );

  app.openapi(getRoute, async (c) => {
    const found = await findTransfer(sql, c.get('principal'), c.req.valid('param').id);
    return found ? c.json(transferJson(found), 200) : problem(c, PROBLEMS, 'unknown_transfer');
  });

  app.openapi(postingRoute, async (c) => {
    const { amount } = c.req.valid('json');
    const pendingId = c.req.valid('param').id;
    const instruction: Instruction = { do: 'post', pendingId, ...(amount ? { amount } : {}) };
    const posted = only(await apply(c.get('principal').tenantId, [[instruction]]));
    return posted.ok ? c.json(transferJson(posted.value), 200) : refusalProblem(c, PROBLEMS, posted);
  });

  app.openapi(voidingRoute, async (c) => {
    const instruction: Instruction = { do: 'void', pendingId: c.req.valid('param').id };
    const voided = only(await apply(c.get('principal').tenantId, [[instruction]]));
    return voided.ok ? c.json(transferJson(voided.value), 200) : refusalProblem(c, PROBLEMS, voided);
  });

  return app;
}

function only(answers: Answer[][]): Answer {
  return must(answers[0]?.[0], 'one instruction has one answer');
}

function answerJson(answer: Answer): z.infer<typeof AnswerSchema> {
  if (answer.ok) return { transfer: transferJson(answer.value) };
  const { status, title, detail } = PROBLEMS[answer.refusal];
  const body: ProblemBody = {
    type: `/problems/${answer.refusal}`,
    title,
    status,
    detail: answer.detail ?? detail,
  };
  return { problem: body };
}

type Issue = { readonly code?: string | undefined; readonly path: PropertyKey[]; readonly message: string };

/** Of a body that is neither one transfer nor a list, what is wrong with what it was meant to be. */
function malformed(c: Context, issues: readonly Issue[]): Response {
  const found = issues.flatMap((issue) => ('errors' in issue ? meant(issue.errors as Issue[][]) : [issue]));
  const errors = found.slice(0, 20).map(({ path, message }) => ({
    pointer: `/${path.map(String).join('/')}`,
    detail: message,
  }));
  const [first] = errors;
  const detail = first ? { detail: `${first.pointer}: ${first.detail}` } : {};
  return problem(c, PROBLEMS, 'malformed_request', { ...detail, errors });
}

function meant([one = [], list = []]: Issue[][]): Issue[] {
  const isList = one.some(
    (issue) =>
      issue.code === 'unrecognized_keys' && 'keys' in issue && String(issue.keys).includes('transfers'),
  );
  return isList ? list : one;
}
