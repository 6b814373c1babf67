import { isoTime } from '../../std/clock.ts';
import { toHex, utf8 } from '../../std/bytes.ts';
import { ok, refuse, type Result } from '../../std/result.ts';
import { receiptOf } from '../../evidence/issue.ts';
import { certificatePdf } from '../certificate.ts';
import { fingerprintOf } from '../message.ts';
import type { DeclarationContext } from './context.ts';
import { numberText, readContent, type Declaration } from './declaration.ts';
import { openDeclaration } from './seal.ts';
import { openedFields } from './receive.ts';
import { DECLARE_TEXTS } from './texts.ts';

/** The receipt of a declaration (P13): what was declared, by whom, its number, and the proof that it is logged. */
export async function receiptOfDeclaration(
  context: DeclarationContext,
  declaration: Declaration,
): Promise<Result<string, 'not_yet_logged'>> {
  const { store, logKeys, clock, keys } = context;
  const opened = openedFields(declaration, openDeclaration(keys, declaration));
  const receipt = await receiptOf(store.sql, {
    keys: logKeys,
    home: declaration.home,
    subjectId: declaration.id,
    nowMs: clock.nowMs(),
    // A try before it, which was refused, committed to nothing.
    open: ({ type }) => (type === 'SubmissionAcceptance' ? { opened, salt: declaration.salt } : null),
  });
  if (receipt.ok) return ok(receipt.value);
  if (receipt.refusal === 'not_yet_logged')
    return refuse('not_yet_logged', { retryAfterMs: receipt.retryAfterMs ?? 1000 });
  const why = receipt.detail ?? receipt.refusal;
  throw new Error(`The evidence of ${declaration.id} does not fit the log: ${why}`);
}

/** The same as one page for people, with the receipt inside. */
export async function certificateOf(
  context: DeclarationContext,
  declaration: Declaration,
): Promise<Result<Uint8Array, 'not_yet_logged'>> {
  const receipt = await receiptOfDeclaration(context, declaration);
  if (!receipt.ok) return receipt;
  const { content, declarant, addressee, language } = openDeclaration(context.keys, declaration);
  const { title } = readContent(content);
  const texts = DECLARE_TEXTS[language];
  const { receivedAtMs, digest } = declaration;
  return ok(
    await certificatePdf({
      language,
      kind: 'declaration',
      title: null,
      subject: `${title} · ${texts.number} ${numberText(declaration)}`,
      sender: {
        name: declarant.name,
        number: declarant.number,
        how: { channel: 'sms', atMs: receivedAtMs },
      },
      addressee: { name: addressee, number: null, how: null },
      messageId: declaration.id,
      submittedAtMs: receivedAtMs,
      handedOverAtMs: null,
      events: [{ name: 'SubmissionAcceptance', atMs: receivedAtMs, text: null }],
      files: [
        {
          name: `${declaration.id}.json`,
          sizeBytes: utf8(content).length,
          sha256: toHex(digest),
        },
      ],
      fingerprint: fingerprintOf(digest),
      digest: toHex(digest),
      receiptJson: receipt.value,
      verifyUrl: `${context.publicUrl}/verify`,
    }),
  );
}

export function fileNameOf(declaration: Declaration, extension: 'json' | 'pdf'): string {
  return `declaration-${numberText(declaration)}-${isoTime(declaration.receivedAtMs).slice(0, 10)}.${extension}`;
}
