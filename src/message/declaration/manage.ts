import type { Principal } from '../../http/client-auth.ts';
import { homeOf, HOMES, newId } from '../../std/id.ts';
import { ok, refuse, type Result } from '../../std/result.ts';
import { getSubscriber } from '../../directory/manage.ts';
import { transactionUnlessRefused } from '../../directory/undo.ts';
import type { Sql } from '../../store/connection.ts';
import type { DeclarationContext } from './context.ts';
import { checkTranslations, type Form, type FormState, type Words } from './form.ts';
import {
  insertForm,
  insertVersion,
  listForms,
  lockForm,
  readForm,
  updateForm,
  type NewForm,
} from './form-store.ts';

/** What an administrator does with forms: makes them, changes them, closes them. */
export type FormContext = Pick<DeclarationContext, 'clientOf' | 'clock' | 'random'> & {
  readonly store: { readonly sql: Sql };
};

export type FormInput = Words & Pick<Form, 'state' | 'staff' | 'openToAll'> & { readonly clientId: string };

export type FormPatch = { readonly [Name in keyof Words]?: Words[Name] | undefined } & {
  readonly state?: FormState | undefined;
  readonly staff?: readonly string[] | undefined;
  readonly openToAll?: boolean | undefined;
};

export type FormRefusal = 'malformed_form' | 'unknown_staff' | 'unknown_client' | 'unknown_form';

type Changed = Promise<Result<Form, FormRefusal>>;

export async function createForm(context: FormContext, tenantId: string, input: FormInput): Changed {
  const { store, random, clock } = context;
  if (!(await context.clientOf(tenantId, input.clientId))) return refuse('unknown_client');
  const right = checkTranslations(input);
  if (!right.ok) return right;
  const staff = await knownStaff(context, tenantId, input.staff);
  if (!staff.ok) return staff;
  const bytes = random(2);
  const home = (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) % HOMES;
  const nowMs = clock.nowMs();
  const form: NewForm = { ...input, home, id: newId('frm', home, nowMs, random), tenantId };
  await transactionUnlessRefused(store.sql, async (tx) => {
    await insertForm(tx, form);
    return ok(null);
  });
  return ok({ ...form, version: 1, createdAtMs: nowMs });
}

/**
 * Changed words or another schema make a new version: what somebody is filling in at this moment, and what
 * was declared before, keep theirs.
 */
export async function changeForm(
  context: FormContext,
  of: { readonly tenantId: string; readonly id: string },
  patch: FormPatch,
): Changed {
  const home = homeOf('frm', of.id);
  if (home === null) return refuse('unknown_form');
  const staff = await knownStaff(context, of.tenantId, patch.staff ?? []);
  if (!staff.ok) return staff;
  return transactionUnlessRefused(context.store.sql, async (tx) => {
    const form = await lockForm(tx, of.tenantId, { home, id: of.id });
    if (!form) return refuse('unknown_form');
    const changed = overlaid(form, patch);
    const right = checkTranslations(changed);
    if (!right.ok) return right;
    const isNew = wordsOf(changed) !== wordsOf(form);
    const version = form.version + (isNew ? 1 : 0);
    if (isNew) await insertVersion(tx, form, version, changed);
    await updateForm(tx, form, { ...changed, version });
    return ok({ ...changed, version });
  });
}

function overlaid(form: Form, patch: FormPatch): Form {
  return {
    ...form,
    title: patch.title ?? form.title,
    introduction: patch.introduction === undefined ? form.introduction : patch.introduction,
    language: patch.language ?? form.language,
    schema: patch.schema ?? form.schema,
    translations: patch.translations ?? form.translations,
    state: patch.state ?? form.state,
    staff: patch.staff ?? form.staff,
    openToAll: patch.openToAll ?? form.openToAll,
  };
}

/** As one text; the order of the fields counts. */
function wordsOf({ title, introduction, language, schema, translations }: Words): string {
  return JSON.stringify([title, introduction, language, schema, translations]);
}

async function knownStaff(
  context: FormContext,
  tenantId: string,
  staff: readonly string[],
): Promise<Result<null, 'unknown_staff'>> {
  const found = await Promise.all(staff.map((id) => getSubscriber(context.store.sql, tenantId, id)));
  const stranger = staff.find((_, i) => !found[i]);
  return stranger === undefined
    ? ok(null)
    : refuse('unknown_staff', { detail: `There is no subscriber ${stranger}.` });
}

/** Of a page: whoever has the id may see it. */
export async function findForm(context: FormContext, id: string, version?: number): Promise<Form | null> {
  const home = homeOf('frm', id);
  return home === null ? null : readForm(context.store.sql, { home, id }, version ?? null);
}

/** An administrator key sees the forms of the tenant, a client key those of its client (S14). */
export async function ownForm(
  context: FormContext,
  principal: Principal,
  id: string,
  version?: number,
): Promise<Form | null> {
  const form = await findForm(context, id, version);
  return form && isOwn(form, principal) ? form : null;
}

export function isOwn(
  of: { readonly tenantId: string; readonly clientId: string },
  principal: Principal,
): boolean {
  if (of.tenantId !== principal.tenantId) return false;
  return principal.scope === 'admin' || of.clientId === principal.clientId;
}

export function ownForms(
  context: FormContext,
  principal: Principal,
  after: string,
  max: number,
): Promise<Form[]> {
  const { tenantId, scope, clientId } = principal;
  const of = { tenantId, clientId: scope === 'admin' ? null : clientId };
  return listForms(context.store.sql, of, after, max);
}
