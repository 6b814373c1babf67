/** The API of forms as data; form-routes.ts carries it out. */
import { createRoute, z } from '@hono/zod-openapi';
import { LANGUAGES } from '../../std/language.ts';
import { isoTime } from '../../std/clock.ts';
import {
  BEHIND_API_KEY,
  jsonAnswer,
  jsonBody,
  PageQuery,
  pageOf,
  problemAnswers,
} from '../../http/openapi.ts';
import { STAFF_MAX, TITLE_MAX, type Form } from './form.ts';
import { DECLARATION_PROBLEMS as PROBLEMS } from './problems.ts';
import { DocumentSchema, FieldName } from './schema.ts';
import { line } from '../../http/inputs.ts';

const TAG = ['Declarations'];
const INTRODUCTION_MAX = 2000;

const TranslationSchema = z
  .strictObject({
    title: line(TITLE_MAX),
    introduction: line(INTRODUCTION_MAX).optional(),
    fields: z
      .record(
        FieldName,
        z.strictObject({
          title: line(200).optional(),
          description: line(500).optional(),
          choices: z
            .record(z.string().max(200), line(200))
            .optional()
            .openapi({ description: 'Labels by the value of the choice.' }),
        }),
      )
      .default({}),
  })
  .openapi('FormTranslation');

const Staff = z
  .array(z.string().max(64))
  .max(STAFF_MAX)
  .openapi({ description: 'Ids of the subscribers who read the declarations on the pages.' });
const OpenToAll = z.boolean().openapi({
  description: 'Whether somebody who is in no contract may declare, by a phone number that he names himself.',
});
const State = z.enum(['open', 'closed']);
const Translations = z.partialRecord(z.enum(LANGUAGES), TranslationSchema);

const NewFormSchema = z
  .strictObject({
    title: line(TITLE_MAX).openapi({ example: 'Change of address' }),
    introduction: line(INTRODUCTION_MAX).nullable().default(null),
    language: z.enum(LANGUAGES).default('en').openapi({ description: 'Of the words of the form.' }),
    schema: DocumentSchema,
    translations: Translations.default({}),
    staff: Staff.default([]),
    openToAll: OpenToAll.default(false),
    state: State.default('open'),
    client: z
      .string()
      .max(64)
      .optional()
      .openapi({ description: 'Whose form it is; else the client of the key.' }),
  })
  .openapi('NewForm');

const FormChangeSchema = z
  .strictObject({
    title: line(TITLE_MAX).optional(),
    introduction: line(INTRODUCTION_MAX).nullable().optional(),
    language: z.enum(LANGUAGES).optional(),
    schema: DocumentSchema.optional(),
    translations: Translations.optional(),
    staff: Staff.optional(),
    openToAll: OpenToAll.optional(),
    state: State.optional(),
  })
  .openapi('FormChange');

const FormSchema = z
  .object({
    id: z.string().openapi({ example: 'frm_0g3n5s2h8v4k7m1q9r6t2w8x5z' }),
    client: z.string(),
    state: State,
    version: z.int().openapi({ description: 'Goes up with each change of the words or the schema.' }),
    title: z.string(),
    introduction: z.string().nullable(),
    language: z.enum(LANGUAGES),
    schema: z.record(z.string(), z.unknown()),
    translations: z.record(z.string(), z.unknown()),
    staff: z.array(z.string()),
    openToAll: z.boolean(),
    page: z.string().openapi({ description: 'Where people declare.' }),
    createdAt: z.string().openapi({ format: 'date-time' }),
  })
  .openapi('Form');

const Params = z.object({ id: z.string().max(64) });

export const createFormRoute = createRoute({
  method: 'post',
  path: '/v1/forms',
  operationId: 'createForm',
  tags: TAG,
  security: BEHIND_API_KEY,
  summary: 'Define a form that people declare on',
  description:
    'For administrators. A schema that is not understood in full is refused, and the refusal says where.',
  request: { body: jsonBody(NewFormSchema, 'The words and the schema.') },
  responses: {
    201: jsonAnswer(FormSchema, 'It has a page at once.'),
    ...problemAnswers(PROBLEMS, [
      'malformed_request',
      'unauthenticated',
      'forbidden',
      'unknown_client',
      'malformed_form',
      'unknown_staff',
      'outage',
    ]),
  },
});

export const changeFormRoute = createRoute({
  method: 'patch',
  path: '/v1/forms/{id}',
  operationId: 'changeForm',
  tags: TAG,
  security: BEHIND_API_KEY,
  summary: 'Change or close a form',
  description:
    'For administrators. Other words or another schema make a new version; declarations keep the one that they answer.',
  request: { params: Params, body: jsonBody(FormChangeSchema, 'What is left out stays.') },
  responses: {
    200: jsonAnswer(FormSchema, 'As it is now.'),
    ...problemAnswers(PROBLEMS, [
      'malformed_request',
      'unauthenticated',
      'forbidden',
      'unknown_form',
      'malformed_form',
      'unknown_staff',
      'outage',
    ]),
  },
});

export const getFormRoute = createRoute({
  method: 'get',
  path: '/v1/forms/{id}',
  operationId: 'getForm',
  tags: TAG,
  security: BEHIND_API_KEY,
  summary: 'Look at a form',
  request: {
    params: Params,
    query: z.strictObject({
      version: z.coerce.number().int().min(1).max(1_000_000).optional().openapi({
        description: 'An earlier one; else the newest.',
      }),
    }),
  },
  responses: {
    200: jsonAnswer(FormSchema, 'The form.'),
    ...problemAnswers(PROBLEMS, ['malformed_request', 'unauthenticated', 'unknown_form', 'outage']),
  },
});

export const listFormsRoute = createRoute({
  method: 'get',
  path: '/v1/forms',
  operationId: 'listForms',
  tags: TAG,
  security: BEHIND_API_KEY,
  summary: 'List forms',
  request: { query: PageQuery },
  responses: {
    200: jsonAnswer(pageOf(FormSchema, 'Forms'), 'One page.'),
    ...problemAnswers(PROBLEMS, ['malformed_request', 'unauthenticated', 'outage']),
  },
});

export function formJson(form: Form, publicUrl: string): z.output<typeof FormSchema> {
  return {
    id: form.id,
    client: form.clientId,
    state: form.state,
    version: form.version,
    title: form.title,
    introduction: form.introduction,
    language: form.language,
    schema: { ...form.schema },
    translations: { ...form.translations },
    staff: [...form.staff],
    openToAll: form.openToAll,
    page: `${publicUrl}/declare/${form.id}`,
    createdAt: isoTime(form.createdAtMs),
  };
}
