import type { App } from './app.ts';
import { API_KEY_SCHEME } from './openapi.ts';

/** The OpenAPI 3.1 document of the whole API, made from the same schemas that check the requests. */
export function openApiDocument(app: App, publicUrl: string) {
  app.openAPIRegistry.registerComponent('securitySchemes', API_KEY_SCHEME, {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, made with `countersign keys create` or by POST /v1/clients/{id}/keys.',
  });
  return app.getOpenAPI31Document({
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
    ],
  });
}
