import { createRouter, type App } from '../../http/app.ts';
import { adminOnly } from '../../http/client-auth.ts';
import { toPage } from '../../http/openapi.ts';
import { problem, refusalProblem } from '../../http/problem.ts';
import {
  declarationCertificateRoute,
  declarationJson,
  declarationReceiptRoute,
  getDeclarationRoute,
  listDeclarationsRoute,
  summaryJson,
} from './declaration-api.ts';
import { ownDeclaration, type Declarations } from './declarations.ts';
import { changeFormRoute, createFormRoute, formJson, getFormRoute, listFormsRoute } from './form-api.ts';
import { changeForm, createForm, ownForm, ownForms } from './manage.ts';
import { DECLARATION_PROBLEMS as PROBLEMS } from './problems.ts';
import { certificateOf, fileNameOf, receiptOfDeclaration } from './receipt.ts';

/** The JSON API of forms and declarations. Every object is looked up inside tenant and client (S14). */
export function declarationRoutes(declarations: Declarations): App {
  const app = createRouter();
  // Defining forms is for administrators, reading them for whoever has them.
  app.on(['POST', 'PATCH'], '/v1/forms', adminOnly);
  app.on(['POST', 'PATCH'], '/v1/forms/*', adminOnly);
  formRoutes(app, declarations);
  readingRoutes(app, declarations);
  return app;
}

function formRoutes(app: App, { context }: Declarations): void {
  const { publicUrl } = context;

  app.openapi(createFormRoute, async (c) => {
    const { tenantId, clientId } = c.get('principal');
    const { client, ...input } = c.req.valid('json');
    const made = await createForm(context, tenantId, { ...input, clientId: client ?? clientId });
    if (!made.ok) return refusalProblem(c, PROBLEMS, made);
    return c.json(formJson(made.value, publicUrl), 201, { Location: `/v1/forms/${made.value.id}` });
  });

  app.openapi(changeFormRoute, async (c) => {
    const { tenantId } = c.get('principal');
    const of = { tenantId, id: c.req.valid('param').id };
    const changed = await changeForm(context, of, c.req.valid('json'));
    return changed.ok
      ? c.json(formJson(changed.value, publicUrl), 200)
      : refusalProblem(c, PROBLEMS, changed);
  });

  app.openapi(getFormRoute, async (c) => {
    const { version } = c.req.valid('query');
    const form = await ownForm(context, c.get('principal'), c.req.valid('param').id, version);
    return form ? c.json(formJson(form, publicUrl), 200) : problem(c, PROBLEMS, 'unknown_form');
  });

  app.openapi(listFormsRoute, async (c) => {
    const { limit, cursor = '' } = c.req.valid('query');
    const { items, nextCursor } = toPage(
      await ownForms(context, c.get('principal'), cursor, limit + 1),
      limit,
    );
    return c.json({ items: items.map((form) => formJson(form, publicUrl)), nextCursor }, 200);
  });
}

function readingRoutes(app: App, declarations: Declarations): void {
  const { context } = declarations;
  const { keys } = context;

  app.openapi(listDeclarationsRoute, async (c) => {
    const { form: formId, limit, cursor, from } = c.req.valid('query');
    const principal = c.get('principal');
    const form = await ownForm(context, principal, formId);
    if (!form) return problem(c, PROBLEMS, 'unknown_form');
    const last = cursor === undefined ? null : await ownDeclaration(declarations, principal, cursor);
    if (cursor !== undefined && last?.formId !== form.id)
      return problem(c, PROBLEMS, 'malformed_request', { detail: '/query/cursor: leads nowhere' });
    const fromMs = from === undefined ? 0 : Date.parse(from);
    const found = await declarations.list(form, { before: last, fromMs, max: limit + 1 });
    const { items, nextCursor } = toPage(found, limit);
    return c.json({ items: items.map((each) => summaryJson(keys, each)), nextCursor }, 200);
  });

  app.openapi(getDeclarationRoute, async (c) => {
    const found = await ownDeclaration(declarations, c.get('principal'), c.req.valid('param').id);
    return found ? c.json(declarationJson(keys, found), 200) : problem(c, PROBLEMS, 'unknown_declaration');
  });

  app.openapi(declarationReceiptRoute, async (c) => {
    const found = await ownDeclaration(declarations, c.get('principal'), c.req.valid('param').id);
    if (!found) return problem(c, PROBLEMS, 'unknown_declaration');
    const receipt = await receiptOfDeclaration(context, found);
    if (!receipt.ok) return refusalProblem(c, PROBLEMS, receipt);
    return c.body(receipt.value, 200, {
      'Content-Type': 'application/json',
      'Content-Disposition': `attachment; filename="${fileNameOf(found, 'json')}"`,
    });
  });

  app.openapi(declarationCertificateRoute, async (c) => {
    const found = await ownDeclaration(declarations, c.get('principal'), c.req.valid('param').id);
    if (!found) return problem(c, PROBLEMS, 'unknown_declaration');
    const certificate = await certificateOf(context, found);
    if (!certificate.ok) return refusalProblem(c, PROBLEMS, certificate);
    return c.body(Buffer.from(certificate.value), 200, {
      'Content-Type': 'application/pdf',
      'Content-Disposition': `attachment; filename="${fileNameOf(found, 'pdf')}"`,
    });
  });
}
