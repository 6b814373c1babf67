/**
 * The certificate: a receipt as one page that a person can read, print and keep. It says what was sent, who
 * the two sides are and how each was proved, when each thing happened, the fingerprints, and how to verify
 * all of it; the JSON receipt itself, which alone is the proof, is attached inside.
 *
 * Pure: all times are in the input, so the same input gives the same bytes.
 */
import Pdf from 'pdfkit';
import type { Language } from '../std/language.ts';

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

/** One A4 page as a PDF file, PDF/A-3, with the receipt attached. */
export async function certificatePdf(input: CertificateInput): Promise<Uint8Array> {
  const at = new Date(input.submittedAtMs);
  const pdf = new Pdf({
    size: 'A4',
    pdfVersion: '1.7',
    lang: input.language,
    info: { Title: input.title ?? input.subject, CreationDate: at, ModDate: at },
  });
  const attachment = {
    name: 'receipt.json',
    type: 'application/json',
    relationship: 'Data',
    modifiedDate: at,
  };
  pdf.file(Buffer.from(input.receiptJson), attachment);
  pdf.text(`${input.subject}\n${input.messageId}\n${input.digest}\n${input.verifyUrl}`);
  pdf.end();
  const chunks: Uint8Array[] = [];
  for await (const chunk of pdf) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}
