/**
 * Takes the receipt out of a certificate: a PDF file with the receipt as an embedded file (ISO 32000-1,
 * 7.11.4).
 *
 * An embedded file is always a stream of its own at the top level of the PDF, also after other programs have
 * signed or saved it anew, so it is enough to walk through the streams. Where two different receipts are
 * inside, it is not for us to choose which of them a viewer would show, so that is refused.
 */
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { ok, refuse, type Refused, type Result } from '../std/result.ts';
import { walkPdf, type PdfStream } from './pdf-walk.ts';

const PDF_MAX_BYTES = 5 * 1024 * 1024;
/** Of all attached files of one PDF, unpacked. */
const UNPACKED_MAX_BYTES = 16 * 1024 * 1024;
const ATTACHED_MAX = 16;
/** A PDF file begins with it, within its first kilobyte. */
const PDF_MARK = '%PDF-';
const MARK_WITHIN_BYTES = 1024;
const RECEIPT_MARK = /"format"\s*:\s*"countersign-receipt\//;
const unpack = promisify(inflate);

type NoReceipt = Refused<'no_receipt'>;

function isPdf(bytes: Uint8Array): boolean {
  return bufferOf(bytes).subarray(0, MARK_WITHIN_BYTES).includes(PDF_MARK);
}

export type HandedReceipt = { readonly json: string; readonly from: 'json' | 'pdf' };

/** What a person hands over to be verified: a receipt, or a certificate that has one attached. */
export async function receiptIn(bytes: Uint8Array): Promise<Result<HandedReceipt, 'no_receipt'>> {
  if (!isPdf(bytes)) return ok({ json: bufferOf(bytes).toString('utf8'), from: 'json' });
  const attached = await receiptInPdf(bytes);
  return attached.ok ? ok({ json: attached.value, from: 'pdf' }) : attached;
}

/** Gives the JSON text of the attached receipt, not yet verified; a refusal says why in its detail. */
export async function receiptInPdf(bytes: Uint8Array): Promise<Result<string, 'no_receipt'>> {
  if (bytes.length > PDF_MAX_BYTES) return none('The file is larger than any certificate (5 MB).');
  if (!isPdf(bytes)) return none('The file is not a PDF.');
  const { streams, encrypted } = walkPdf(bufferOf(bytes), isAttached);
  if (encrypted) return none('The PDF is encrypted, so what is attached cannot be read.');
  if (streams.length === 0) return none('No file is attached in this PDF.');
  if (streams.length > ATTACHED_MAX) return none(`More than ${ATTACHED_MAX} files are attached in this PDF.`);
  const receipts = new Set<string>();
  let left = UNPACKED_MAX_BYTES;
  let refusal: NoReceipt | null = null;
  for (const stream of streams) {
    const unpacked = await contentOf(stream, left);
    if (!unpacked.ok) refusal ??= unpacked;
    else {
      left -= unpacked.value.length;
      const text = asText(unpacked.value);
      if (text !== null && RECEIPT_MARK.test(text)) receipts.add(text);
    }
  }
  const [receipt, another] = receipts;
  if (receipt === undefined) return refusal ?? none('No file that is attached in this PDF is a receipt.');
  if (another !== undefined) return none('More than one receipt is attached in this PDF.');
  return ok(receipt);
}

function isAttached(members: ReadonlyMap<string, string>): boolean {
  const type = members.get('Type');
  if (type !== undefined) return type === '/EmbeddedFile';
  // The type is optional; the media type of what is inside then tells it apart.
  return /json/i.test(members.get('Subtype') ?? '');
}

async function contentOf(stream: PdfStream, maxBytes: number): Promise<Result<Uint8Array, 'no_receipt'>> {
  const filter = (stream.members.get('Filter') ?? '').replaceAll(/[[\]\s]/g, '');
  const plain = filter === '' || filter === 'null';
  if (!plain && filter !== '/FlateDecode')
    return none(`The attached file is packed by ${filter.slice(0, 60)}.`);
  const tooLarge = none('What is attached in this PDF is larger than any receipt (16 MB).');
  if (plain) return stream.data.length <= maxBytes ? ok(stream.data) : tooLarge;
  if (maxBytes < 1) return tooLarge;
  try {
    return ok(await unpack(stream.data, { maxOutputLength: maxBytes }));
  } catch (error) {
    // Data of strangers: whatever zlib says of it is a refusal.
    const long = error instanceof RangeError || (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
    return long ? tooLarge : none('The attached file is damaged.');
  }
}

function asText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function none(detail: string): NoReceipt {
  return refuse('no_receipt', { detail });
}
