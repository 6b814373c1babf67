import { homeOf } from '../../std/id.ts';
import type { Principal } from '../../http/client-auth.ts';
import type { DeclarationContext } from './context.ts';
import type { Declaration } from './declaration.ts';
import { listDeclarations, readDeclaration, type Place } from './declaration-store.ts';
import { createDeclare, type Declare } from './declare.ts';
import type { Form } from './form.ts';
import { isOwn } from './manage.ts';
import { createReceive } from './receive.ts';
import { validated } from './schema.ts';
import { compileValidator, type Validate } from './validator.ts';

/** Declarations as others use them: the verbs over one context. */
export type Declarations = {
  readonly context: DeclarationContext;
  readonly declare: Declare;
  /** Whoever has the id: the caller says who may see it. */
  readonly find: (id: string) => Promise<Declaration | null>;
  readonly list: (
    form: Form,
    options: { before: Place | null; fromMs: number; max: number },
  ) => Promise<Declaration[]>;
  /** Judges answers to this version of the form. */
  readonly validatorOf: (form: Form) => Validate;
};

const VALIDATORS_MAX = 200;

/** In every process in which confirmations end, also where nobody asks for pages. */
export function createDeclarations(context: DeclarationContext): Declarations {
  const { sql } = context.store;
  const validators = new Map<string, Validate>();
  context.confirmations.carryOut('declaration', { onEnded: createReceive(context) });
  return {
    context,
    declare: createDeclare(context),
    find: async (id) => {
      const home = homeOf('dcl', id);
      return home === null ? null : readDeclaration(sql, { home, id });
    },
    list: (form, options) => listDeclarations(sql, form, options),
    validatorOf: (form) => {
      const name = `${form.id}.${form.version}`;
      const known = validators.get(name);
      if (known) return known;
      for (const oldest of validators.keys()) {
        if (validators.size < VALIDATORS_MAX) break;
        validators.delete(oldest);
      }
      const validate = compileValidator(validated(form.schema));
      validators.set(name, validate);
      return validate;
    },
  };
}

/** A declaration that this key may read (S14). */
export async function ownDeclaration(
  declarations: Declarations,
  principal: Principal,
  id: string,
): Promise<Declaration | null> {
  const found = await declarations.find(id);
  return found && isOwn(found, principal) ? found : null;
}
