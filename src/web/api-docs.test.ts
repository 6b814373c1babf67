import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Hono } from 'hono';
import type { Browser } from 'playwright-core';
import { findBarriers, openBrowser, openSite, type Site } from '../../test/browser.ts';
import { apiDocsPage } from './api-docs.ts';
import { groupsOf } from './api-document.ts';
import { exampleOf, fieldsOf, typeOf, type Field } from './api-schema.ts';
import { openWebAssets } from './assets.ts';
import { securityHeaders } from './security-headers.ts';

const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Lamps', version: '1', description: 'Turns `lamps` on.\n\nAnd off.' },
  servers: [{ url: 'https://lamps.example' }],
  tags: [{ name: 'Lamps', description: 'All of them.' }, { name: 'Unused' }],
  paths: {
    '/v1/lamps/{id}': {
      parameters: [{ $ref: '#/components/parameters/Id' }],
      put: {
        operationId: 'putLamp',
        tags: ['Lamps'],
        summary: 'Set a <lamp>',
        security: [{ apiKey: [] }],
        parameters: [{ name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string' } }],
        requestBody: {
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Lamp' } } },
        },
        responses: {
          '200': {
            description: 'Set.',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Lamp' } } },
          },
          '404': {
            description: '`/problems/not_found`: Not found.',
            content: { 'application/problem+json': {} },
          },
        },
      },
    },
    '/healthz': { get: { responses: { '204': { description: 'Well.' } } } },
  },
  components: {
    securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'A key.' } },
    parameters: {
      Id: { name: 'id', in: 'path', required: true, schema: { type: 'string', example: 'lamp_1' } },
    },
    schemas: {
      Lamp: {
        type: 'object',
        required: ['name', 'light'],
        properties: {
          name: { type: 'string', minLength: 1, maxLength: 70, example: "Ada's lamp" },
          light: { anyOf: [{ $ref: '#/components/schemas/Light' }, { type: 'null' }] },
          tags: { type: 'array', items: { type: 'string' }, maxItems: 3 },
          power: {
            description: 'How it is fed.',
            anyOf: [
              { type: 'object', properties: { volts: { type: 'integer', minimum: 1 } }, required: ['volts'] },
              { type: 'object', properties: { gas: { type: 'boolean', default: true } } },
            ],
          },
          next: { $ref: '#/components/schemas/Lamp' },
          since: { type: ['string', 'null'], format: 'date-time' },
        },
      },
      Light: {
        type: 'object',
        required: ['colour'],
        properties: { colour: { type: 'string', enum: ['red', 'green'] } },
      },
    },
  },
};

const assets = openWebAssets();
const LAMP = { $ref: '#/components/schemas/Lamp' };
const named = (fields: readonly Field[], name: string) => fields.find((field) => field.name === name);

test('operations stand under their tags, in the order of the document', () => {
  const groups = groupsOf(DOCUMENT);
  assert.deepEqual(
    groups.map(({ tag, operations }) => [tag, operations.map(({ method, path }) => `${method} ${path}`)]),
    [
      ['Lamps', ['PUT /v1/lamps/{id}']],
      ['Other', ['GET /healthz']],
    ],
  );
  assert.deepEqual(
    groups[0]?.operations[0]?.parameters.map(({ name }) => name),
    ['id', 'Idempotency-Key'],
  );
});

test('a schema is read as a tree of fields, through references, unions and null', () => {
  const fields = fieldsOf(DOCUMENT, LAMP);
  assert.deepEqual(named(fields, 'name'), {
    name: 'name',
    type: 'string',
    required: true,
    description: '',
    limits: ['1 to 70 characters'],
    values: [],
    fields: [],
  });
  assert.equal(named(fields, 'light')?.type, 'Light or null');
  assert.deepEqual(named(named(fields, 'light')?.fields ?? [], 'colour')?.values, ['red', 'green']);
  assert.equal(named(fields, 'tags')?.type, 'list of string');
  assert.deepEqual(named(fields, 'tags')?.limits, ['at most 3 items']);
  assert.equal(named(fields, 'since')?.type, 'string (date-time) or null');
  assert.deepEqual(
    named(fields, 'power')?.fields.map((variant) => [variant.name, variant.fields.map(({ name }) => name)]),
    [
      ['either', ['volts']],
      ['or', ['gas']],
    ],
  );
  assert.equal(typeOf(DOCUMENT, LAMP), 'Lamp');
});

test('a schema that contains itself ends', () => {
  const depthOf = (field: Field): number => 1 + Math.max(0, ...field.fields.map(depthOf));
  const next = named(fieldsOf(DOCUMENT, LAMP), 'next');
  assert.ok(next !== undefined && depthOf(next) < 12);
  assert.equal(typeof JSON.stringify(exampleOf(DOCUMENT, LAMP)), 'string');
});

test('an example is put together from the parts', () => {
  const { next: _, ...example } = exampleOf(DOCUMENT, LAMP) as Record<string, unknown>;
  assert.deepEqual(example, {
    name: "Ada's lamp",
    light: { colour: 'red' },
    tags: ['…'],
    power: { volts: 1 },
    since: null,
  });
});

test('the page has each operation with its call, its fields and its problems, all escaped', () => {
  const page = apiDocsPage(DOCUMENT, assets).toString();
  assert.match(page, /curl -X PUT https:\/\/lamps\.example\/v1\/lamps\/lamp_1 \\/);
  assert.match(page, /Authorization: Bearer \$COUNTERSIGN_API_KEY/);
  assert.match(page, /&quot;Ada&#39;\\&#39;&#39;s lamp&quot;/);
  assert.match(page, /Set a &lt;lamp&gt;/);
  assert.match(page, /<code>\/problems\/not_found<\/code>: Not found\./);
  assert.match(page, /id="putLamp"/);
  assert.doesNotMatch(page, /<lamp>|<script|style=|undefined|\[object/);
});

test('a document without anything is a page without anything', () => {
  assert.deepEqual(groupsOf({}), []);
  assert.match(apiDocsPage({}, assets).toString(), /<h1>/);
});

let browser: Browser;
let site: Site;

before(async () => {
  browser = await openBrowser();
  const app = new Hono();
  app.route('/', assets.routes);
  app.use(securityHeaders({ https: false }));
  app.get('/docs', (c) => c.html(apiDocsPage(DOCUMENT, assets)));
  site = await openSite(app);
});

after(async () => {
  await browser.close();
  await site[Symbol.asyncDispose]();
});

test('axe finds nothing, and nothing is wider than the screen, on a desktop and on a phone', async () => {
  for (const [colorScheme, width] of [
    ['light', 1280],
    ['dark', 360],
  ] as const) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 844 } });
    const page = await context.newPage();
    await page.goto(`${site.origin}/docs`);
    await page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true");
    assert.deepEqual(await findBarriers(page), [], colorScheme);
    assert.ok(await page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth'));
    await context.close();
  }
});
