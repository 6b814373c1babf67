import { toHex } from '../../std/bytes.ts';
import { homeOf, newId } from '../../std/id.ts';
import { ok, type Result } from '../../std/result.ts';
import type { Secret } from '../../std/secret.ts';
import type { Language } from '../../std/language.ts';
import { getSubscriber } from '../../directory/manage.ts';
import type { Client } from '../../client/client.ts';
import type { OpenInput, OpenRefusal } from '../../confirmation/open.ts';
import type { JsonObject } from '../../evidence/json.ts';
import type { DeclarationContext } from './context.ts';
import { contentText, digestOf, type Content } from './declaration.ts';
import { insertOpening } from './declaration-store.ts';
import { wordedIn, type Form } from './form.ts';
import { sealDeclaration } from './seal.ts';

/**
 * Asks for the code that a declaration is confirmed by (M9): it depends on the digest of the content, and the
 * content is kept, sealed, in the transaction that opens the confirmation.
 */
export type DeclareInput = {
  readonly form: Form;
  readonly client: Client;
  readonly content: Content;
  readonly identifier: string;
  readonly language: Language;
  readonly ip: string;
  /** Of the cookie of the browser that declares. */
  readonly browserHash: Uint8Array;
};

export type Declaring = { readonly confirmationId: string; readonly secret: Secret<string> };

export type Declare = (input: DeclareInput) => Promise<Result<Declaring, OpenRefusal>>;

/** Stands where the id of an API key does: nobody's key asked for it. */
const PAGE_KEY = 'page';

export function createDeclare(context: DeclarationContext): Declare {
  const { confirmations, publicUrl } = context;

  async function ask(input: DeclareInput, to: OpenInput['to']) {
    const { form, content, language } = input;
    const text = contentText(content);
    const digest = digestOf(text);
    return confirmations.open(
      { tenantId: form.tenantId, clientId: form.clientId, scope: 'client', keyId: PAGE_KEY },
      {
        to,
        act: {
          purpose: 'declaration',
          text: wordedIn(form, language).title,
          contentDigest: toHex(digest),
        },
        connected: false,
        language,
        returnUrl: `${publicUrl}/declare/${form.id}/receipts/${content.id}?lang=${language}`,
        ip: input.ip,
        isInside: true,
        alwaysSecured: true,
        ...(form.openToAll ? { allowCallerAddress: true } : {}),
        alongside: (tx, row) => keep(context, input, { text, digest, row, tx }),
      },
    );
  }

  return async (input) => {
    const { identifier, form } = input;
    const byName = await ask(input, { identifier: { value: identifier } });
    const isStranger = !byName.ok && byName.refusal === 'unknown_subscriber';
    const opened =
      isStranger && form.openToAll
        ? await ask(input, { address: { channel: 'sms', value: identifier } })
        : byName;
    if (!opened.ok) return opened;
    return ok({ confirmationId: opened.value.row.id, secret: opened.value.secret });
  };
}

type Kept = {
  readonly text: string;
  readonly digest: Uint8Array;
  readonly row: Parameters<NonNullable<OpenInput['alongside']>>[1];
  readonly tx: Parameters<NonNullable<OpenInput['alongside']>>[0];
};

async function keep(context: DeclarationContext, input: DeclareInput, kept: Kept): Promise<void> {
  const { keys, random } = context;
  const { content, client, language, browserHash } = input;
  const { row, tx, digest } = kept;
  const { subscriberId, address: number } = row;
  const person = subscriberId === null ? null : await getSubscriber(tx, row.tenantId, subscriberId);
  const owner = { id: content.id, keyId: keys.currentId };
  const plain = {
    content: kept.text,
    declarant: { subscriberId, name: person?.name ?? null, number },
    addressee: client.name,
    language,
  };
  await insertOpening(tx, {
    home: row.home,
    confirmationId: row.id,
    id: content.id,
    formId: content.form,
    version: content.version,
    digest,
    keyId: owner.keyId,
    sealed: sealDeclaration(keys, owner, plain, random),
    salt: random(16),
    browserHash,
  });
}

/** What the review shows and the code confirms. Its id lives at the home of the form. */
export function newContent(
  { clock, random }: Pick<DeclarationContext, 'clock' | 'random'>,
  form: Form,
  title: string,
  answers: JsonObject,
): Content {
  return {
    v: 1,
    id: newId('dcl', homeOf('frm', form.id) ?? 0, clock.nowMs(), random),
    form: form.id,
    version: form.version,
    title,
    answers,
    nonce: toHex(random(16)),
  };
}
