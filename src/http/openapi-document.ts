import type { App } from './app.ts';
import { API_KEY_SCHEME } from './openapi.ts';

/** The OpenAPI 3.1 document of the whole API, made from the same schemas that check the requests. */
export function openApiDocument(app: App, publicUrl: string) {
  app.openAPIRegistry.registerComponent('securitySchemes', API_KEY_SCHEME, {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, made with `countersign keys create` or by POST /v1/clients/{id}/keys.',
  });
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Countersign',
      version: '1',
      license: { name: 'Apache-2.0' },
      description:
        'Out-of-band confirmation: one call asks a named person, on a device that only they hold, to confirm exactly this ' +
        'act, and answers with a receipt that anyone can verify offline.',
    },
    servers: [{ url: publicUrl }],
    tags: [
      { name: 'Confirmations', description: 'Ask, take the code back, follow, keep the receipt.' },
      { name: 'Subscribers', description: 'The people under contract, their identifiers and addresses.' },
      { name: 'Policy', description: 'Which acts need a code, and how.' },
      { name: 'Clients', description: 'Applications of the tenant and their API keys.' },
      {
        name: 'Payments',
        description: 'Ask for an amount, have it confirmed by a code, take it, give it back.',
      },
      {
        name: 'Trustee',
        description: 'Buyers and merchants under contract with the operator; the end of a period.',
      },
      { name: 'Banks', description: 'Which of the operator’s banks your payments ask.' },
      {
        name: 'Ledger',
        description:
          'Accounts, transfers between them, registers of addresses, statements: double entry in minor units.',
      },
    ],
  });
  for (const path of Object.values(document.paths ?? {})) {
    if (path.post) path.post.parameters = [...(path.post.parameters ?? []), IDEMPOTENCY_KEY];
  }
  return document;
}

/** The middleware takes it on every POST, so the document says so on every POST. */
const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Makes the request repeatable: the same key with the same request is answered the same for 24 hours and done once. ' +
    'A UUID will do.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  example: '6f1c2a9e-0b43-4f6e-9a61-3a0f6f0d7c55',
} as const;
