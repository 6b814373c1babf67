/** The API of declarations as data; routes.ts carries it out. */
import { createRoute, z } from '@hono/zod-openapi';
import { isoTime } from '../../std/clock.ts';
import { toHex } from '../../std/bytes.ts';
import type { KeyRing } from '../../std/key-ring.ts';
import { BEHIND_API_KEY, jsonAnswer, PageQuery, pageOf, problemAnswers } from '../../http/openapi.ts';
import { numberText, readContent, type Declaration } from './declaration.ts';
import { DECLARATION_PROBLEMS as PROBLEMS } from './problems.ts';
import { openDeclaration } from './seal.ts';

const TAG = ['Declarations'];

const SummarySchema = z
  .object({
    id: z.string().openapi({ example: 'dcl_0g3n5s2h8v4k7m1q9r6t2w8x5z' }),
    form: z.string(),
    version: z.int(),
    number: z
      .string()
      .openapi({ description: 'Of the form, without gaps in each year.', example: '2026-000042' }),
    receivedAt: z.string().openapi({ format: 'date-time' }),
    declarant: z
      .object({
        subscriber: z.string().nullable(),
        name: z.string().nullable(),
        number: z.string().openapi({ example: '+33612345678' }),
      })
      .openapi({ description: 'Who declared, as his code proved him.' }),
    digest: z.string().openapi({ description: 'SHA-256 of `content`, which the code depended on.' }),
    confirmation: z.string(),
  })
  .openapi('DeclarationSummary');

const DeclarationSchema = SummarySchema.extend({
  answers: z.record(z.string(), z.unknown()),
  content: z.string().openapi({ description: 'The canonical text (RFC 8785) that was declared.' }),
}).openapi('Declaration');

const Params = z.object({ id: z.string().max(64) });

export const listDeclarationsRoute = createRoute({
  method: 'get',
  path: '/v1/declarations',
  operationId: 'listDeclarations',
  tags: TAG,
  security: BEHIND_API_KEY,
  summary: 'List the declarations on a form, the newest first',
  request: {
    query: PageQuery.extend({
      form: z.string().max(64).openapi({ description: 'The form.' }),
      from: z.iso.datetime().optional().openapi({ description: 'Received since then.' }),
    }),
  },
  responses: {
    200: jsonAnswer(pageOf(SummarySchema, 'Declarations'), 'One page.'),
    ...problemAnswers(PROBLEMS, ['malformed_request', 'unauthenticated', 'unknown_form', 'outage']),
  },
});

const COMMON = ['unauthenticated', 'unknown_declaration', 'outage'] as const;

export const getDeclarationRoute = createRoute({
  method: 'get',
  path: '/v1/declarations/{id}',
  operationId: 'getDeclaration',
  tags: TAG,
  security: BEHIND_API_KEY,
  summary: 'Read a declaration',
  request: { params: Params },
  responses: {
    200: jsonAnswer(DeclarationSchema, 'With its answers.'),
    ...problemAnswers(PROBLEMS, COMMON),
  },
});

export const declarationReceiptRoute = createRoute({
  method: 'get',
  path: '/v1/declarations/{id}/receipt',
  operationId: 'getDeclarationReceipt',
  tags: TAG,
  security: BEHIND_API_KEY,
  summary: 'Fetch the receipt of a declaration',
  description: 'One JSON file that anyone can verify offline. It opens the answers and who declared.',
  request: { params: Params },
  responses: {
    200: {
      description: 'The receipt, format countersign-receipt/1.',
      content: { 'application/json': { schema: z.record(z.string(), z.unknown()) } },
    },
    ...problemAnswers(PROBLEMS, [...COMMON, 'not_yet_logged']),
  },
});

export const declarationCertificateRoute = createRoute({
  method: 'get',
  path: '/v1/declarations/{id}/certificate',
  operationId: 'getDeclarationCertificate',
  tags: TAG,
  security: BEHIND_API_KEY,
  summary: 'Fetch the receipt of a declaration as a page',
  request: { params: Params },
  responses: {
    200: {
      description: 'One page, with the receipt attached inside.',
      content: { 'application/pdf': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    ...problemAnswers(PROBLEMS, [...COMMON, 'not_yet_logged']),
  },
});

export function summaryJson(keys: KeyRing, declaration: Declaration): z.output<typeof SummarySchema> {
  const { declarant } = openDeclaration(keys, declaration);
  return {
    id: declaration.id,
    form: declaration.formId,
    version: declaration.version,
    number: numberText(declaration),
    receivedAt: isoTime(declaration.receivedAtMs),
    declarant: { subscriber: declarant.subscriberId, name: declarant.name, number: declarant.number },
    digest: toHex(declaration.digest),
    confirmation: declaration.confirmationId,
  };
}

export function declarationJson(keys: KeyRing, declaration: Declaration): z.output<typeof DeclarationSchema> {
  const { content } = openDeclaration(keys, declaration);
  return { ...summaryJson(keys, declaration), answers: { ...readContent(content).answers }, content };
}
