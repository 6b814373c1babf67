/**
 * The certificate: a receipt as one page that a person can read, print and keep. It says what was sent, who
 * the two sides are and how each was proved, when each thing happened, the fingerprints, and how to verify
 * all of it; the JSON receipt itself, which alone is the proof, is attached inside.
 *
 * Pure: all times are in the input, so the same input gives the same bytes.
 */
import { assert } from '../std/assert.ts';
import type { Language } from '../std/language.ts';
import { parseProof } from '../evidence/proof.ts';
import { parseReceipt } from '../evidence/receipt.ts';
import { drawFoot, FOOT_HEIGHT, type LogPlace } from './certificate-foot.ts';
import { drawHead, drawParties, drawSubject } from './certificate-head.ts';
import { drawLists } from './certificate-lists.ts';
import type { Page } from './certificate-page.ts';
import { createSheet, PAGE, printable, UNPRINTABLE } from './certificate-sheet.ts';
import { CERTIFICATE_TEXTS } from './certificate-texts.ts';

export type CertificateParty = {
  /** What the person is called; null when only a number is known. */
  readonly name: string | null;
  /** E.164, or null where the party has none, such as an administration. */
  readonly number: string | null;
  /** How the party was proved: by a code, on which channel (`sms`) and when; null when it was not (yet). */
  readonly how: { readonly channel: string; readonly atMs: number } | null;
};

export type CertificateEvent = {
  /** The name of the entry in the log, an ETSI EN 319 522-1 one. */
  readonly name: string;
  readonly atMs: number;
  /** Plain words in the certificate's language; null for the usual ones of that name. */
  readonly text: string | null;
};

export type CertificateFile = {
  readonly name: string;
  readonly sizeBytes: number;
  /** 64 hex digits. */
  readonly sha256: string;
};

export type CertificateInput = {
  readonly language: Language;
  /** Whose copy it is, or that it is about a declaration. */
  readonly kind: 'sender' | 'addressee' | 'declaration';
  /** The headline; null for the usual one of the kind. */
  readonly title: string | null;
  /** Empty while this side may not see it: before the handover, the addressee knows no more than who wrote. */
  readonly subject: string;
  readonly sender: CertificateParty;
  readonly addressee: CertificateParty;
  readonly messageId: string;
  /** When the submission was accepted, epoch milliseconds. */
  readonly submittedAtMs: number;
  readonly handedOverAtMs: number | null;
  /** In the order of the log. */
  readonly events: readonly CertificateEvent[];
  readonly files: readonly CertificateFile[];
  /** The first digits of the digest in groups, as people compare it. */
  readonly fingerprint: string;
  /** SHA-256 of the manifest, 64 hex digits. */
  readonly digest: string;
  /** The receipt, exactly as it is handed out; it is attached as `receipt.json`. */
  readonly receiptJson: string;
  /** Where anybody can have it checked: https://.../verify */
  readonly verifyUrl: string;
};

/** One A4 page as a PDF file (PDF/A-3), with the receipt attached. */
export async function certificatePdf(input: CertificateInput): Promise<Uint8Array> {
  // With its fonts it takes 15 MB in each thread, so it is here only once it is needed.
  const { default: Pdf } = await import('pdfkit');
  const texts = CERTIFICATE_TEXTS[input.language];
  const madeAt = new Date(Math.max(input.submittedAtMs, ...input.events.map(({ atMs }) => atMs)));
  const usual = texts.title[input.kind === 'declaration' ? 'declaration' : 'message'];
  const pdf = new Pdf({
    size: 'A4',
    margin: 0,
    pdfVersion: '1.7',
    subset: 'PDF/A-3b',
    tagged: true,
    lang: input.language,
    displayTitle: true,
    info: {
      // The library writes these into XML as they are, so nothing that a person wrote is among them.
      Title: `${usual}: ${input.messageId}`,
      Author: 'Countersign',
      Creator: 'Countersign',
      Producer: 'Countersign',
      CreationDate: madeAt,
      ModDate: madeAt,
    },
  });
  const root = pdf.struct('Document');
  pdf.addStructure(root);
  const page: Page = { sheet: createSheet(pdf), root, input, texts };
  const strangers = [
    input.subject,
    input.title ?? '',
    input.sender.name ?? '',
    input.addressee.name ?? '',
    ...input.files.map(({ name }) => name),
  ];
  const lists = drawParties(page, drawSubject(page, drawHead(page)));
  drawLists(page, lists, PAGE.height - FOOT_HEIGHT - 18);
  drawFoot(
    page,
    placeOf(input.receiptJson),
    strangers.some((text) => printable(text).includes(UNPRINTABLE)),
  );
  root.end();
  attach(pdf, input.receiptJson, texts.attached, madeAt);
  pdf.end();
  const chunks: Uint8Array[] = [];
  for await (const chunk of pdf) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

function attach(pdf: PDFKit.PDFDocument, json: string, description: string, at: Date): void {
  const attachment = {
    name: 'receipt.json',
    type: 'application/json',
    description,
    creationDate: at,
    modifiedDate: at,
    // PDF/A-3 (ISO 19005-3, 6.8): the data that the page was drawn from.
    relationship: 'Data',
  };
  pdf.file(Buffer.from(json), attachment);
}

/** The receipt is our own, so one that cannot be read is our fault. */
function placeOf(receiptJson: string): LogPlace {
  const receipt = parseReceipt(receiptJson);
  assert(receipt.ok, 'a certificate is made from a receipt');
  const { records, timestamp } = receipt.value;
  const proofs = records.map(({ proof }) => {
    const parsed = parseProof(proof);
    assert(parsed.ok, 'a receipt holds proofs');
    return parsed.value;
  });
  const [origin = '', size = ''] = (proofs[0]?.checkpoint ?? '').split('\n', 2);
  return {
    origin,
    size: Number(size),
    indexes: proofs.map(({ index }) => index),
    timeStamp: timestamp.status,
  };
}
