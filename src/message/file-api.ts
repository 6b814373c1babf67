import { createRoute, z } from '@hono/zod-openapi';
import type { BodyLimit } from '../http/body-limit.ts';
import { jsonAnswer, problemAnswers } from '../http/openapi.ts';
import { COMMON, IN_READING, OfMessage, OfReading, shared } from './api.ts';
import { CONTENT_MAX_BYTES, FILES_MAX, TEXT_MAX_CHARACTERS } from './message.ts';
import { MESSAGE_PROBLEMS as PROBLEMS } from './problems.ts';
import { FileSchema } from './resource.ts';

/** The routes of files, as the public reference shows them, and how long their bodies may be. */
const fileNumber = (least: number) =>
  z
    .string()
    .regex(/^\d{1,2}$/)
    .transform(Number)
    .pipe(z.int().min(least).max(FILES_MAX));

export const putFileRoute = createRoute({
  ...shared,
  method: 'put',
  path: '/v1/messages/{id}/files/{n}',
  operationId: 'putMessageFile',
  summary: 'Send a file',
  description:
    'The raw bytes, streamed, with their Content-Type; the name in `?name=` or in Content-Disposition. What was there ' +
    'under this number is replaced. 100 MB in all.',
  request: {
    params: OfMessage.extend({ n: fileNumber(1).openapi({ example: 1 }) }),
    query: z.strictObject({ name: z.string().min(1).max(500).optional() }),
    body: {
      required: true,
      description: 'The file.',
      content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } },
    },
  },
  responses: {
    200: jsonAnswer(FileSchema, 'It arrived whole.'),
    ...problemAnswers(PROBLEMS, [
      ...COMMON,
      'not_found',
      'not_draft',
      'file_type_not_allowed',
      'file_too_large',
      'file_empty',
      'file_incomplete',
      'file_superseded',
    ]),
  },
});

export const removeFileRoute = createRoute({
  ...shared,
  method: 'delete',
  path: '/v1/messages/{id}/files/{n}',
  operationId: 'removeMessageFile',
  summary: 'Remove a file from a draft',
  request: { params: OfMessage.extend({ n: fileNumber(0) }) },
  responses: {
    204: { description: 'Removed.' },
    ...problemAnswers(PROBLEMS, [...COMMON, 'not_found', 'not_draft']),
  },
});

export const readFileRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/messages/{id}/readings/{reading}/files/{n}',
  operationId: 'readMessageFile',
  summary: 'Fetch a file that was handed over',
  description: 'Only in the session of the reading, for 15 minutes after its code. It consumes nothing.',
  request: {
    params: OfReading.extend({ n: fileNumber(0) }),
    headers: z.object({ 'countersign-session': z.string().min(1).max(100) }),
  },
  responses: {
    200: {
      description: 'The bytes.',
      content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    ...problemAnswers(PROBLEMS, [...COMMON, ...IN_READING, 'not_handed_over', 'content_erased', 'damaged']),
  },
});

/** Text in JSON may take six bytes for a character; files are streamed. */
export const MESSAGE_BODY_LIMITS: readonly BodyLimit[] = [
  { method: 'POST', path: '/v1/messages', maxBytes: TEXT_MAX_CHARACTERS * 6 + 64 * 1024 },
  { method: 'PUT', path: '/v1/messages/:id/files/:n', maxBytes: CONTENT_MAX_BYTES, streamed: true },
];
