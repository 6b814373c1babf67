/**
 * Takes the receipt out of a certificate: a PDF file (ISO 32000-1) with the receipt embedded as a file (7.11.4).
 *
 * It does not read the PDF as a viewer does, with its cross-references and page trees: an embedded file is
 * always a stream of its own at the top level of the file, so the streams are walked through from first to
 * last, which cannot loop, and each is unpacked within a limit, so that a small file cannot become a large one.
 */
import { inflateSync } from 'node:zlib';
import { refuse, ok, type Result } from '../std/result.ts';

const PDF_MAX_BYTES = 5 * 1024 * 1024;
const RECEIPT_MAX_BYTES = 16 * 1024 * 1024;

/** Gives the JSON text of the attached receipt, still unverified; every refusal says why in its detail. */
export async function receiptInPdf(bytes: Uint8Array): Promise<Result<string, 'no_receipt'>> {
  if (bytes.length > PDF_MAX_BYTES) return refuse('no_receipt', { detail: 'The file is larger than 5 MB.' });
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = file.indexOf('/EmbeddedFile');
  const start = at < 0 ? -1 : file.indexOf('stream', at);
  if (start < 0) return refuse('no_receipt', { detail: 'No file is attached in this PDF.' });
  try {
    const body = file.subarray(file.indexOf('\n', start) + 1);
    return ok(inflateSync(body, { maxOutputLength: RECEIPT_MAX_BYTES, finishFlush: 2 }).toString('utf8'));
  } catch {
    return refuse('no_receipt', { detail: 'The attached file cannot be unpacked.' });
  }
}
