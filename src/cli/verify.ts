import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { receiptIn, type HandedReceipt } from '../evidence/attached.ts';
import { verifyReceipt, type Verification } from '../evidence/verify.ts';
import { Mistake } from './fail.ts';

const MARKS = { holds: '✔', fails: '✘', note: '·' } as const;
/** The page of a PDF is drawn from the receipt, but whoever draws one can draw anything. */
const OF_A_PDF =
  'This is what the receipt attached in the PDF proves. What is printed on its page was not compared with it.';
const FILE_MAX_BYTES = 16 * 1024 * 1024;

/** `countersign verify`: checks a receipt offline, with no network and no database. */
export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description('check a receipt, or a certificate, offline: no server, no network, no account')
    .argument(
      '<file>',
      'receipt.json, or a certificate as PDF with the receipt inside, as handed out; - for standard input',
    )
    .option(
      '--key <key...>',
      "the log's verifier key, from https://<server>/log/key: then no key in the receipt is trusted",
    )
    .option(
      '--tsa-ca <ca.pem>',
      'the CA of the time-stamping authority: then a time-stamp must be by an authority that it certified',
    )
    .option('--json', 'print the verification as JSON')
    .addHelpText(
      'after',
      `
Exit codes: 0 everything holds; 1 it does not, or cannot be read.

Examples:
  countersign verify certificate.pdf
  countersign verify receipt.json --key "confirm.example+1a2b3c4d+AQ…"`,
    )
    .action(async (path: string, options: { key?: string[]; tsaCa?: string; json?: true }) => {
      const trust = {
        ...(options.key ? { trustedKeys: options.key } : {}),
        ...(options.tsaCa === undefined ? {} : { tsaCas: (await readBytes(options.tsaCa)).toString('utf8') }),
      };
      const handed = await readHanded(path);
      const verification = await verifyReceipt(handed.json, trust);
      console.log(options.json ? JSON.stringify(verification, null, 2) : inWords(verification, handed.from));
      if (!verification.ok) process.exitCode = 1;
    });
}

async function readHanded(path: string): Promise<HandedReceipt> {
  const handed = await receiptIn(await readBytes(path));
  if (!handed.ok) throw new Mistake(`${path} has no receipt in it: ${handed.detail ?? handed.refusal}`);
  return handed.value;
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    const bytes = path === '-' ? await readAll(process.stdin) : await readFile(path);
    if (bytes.length > FILE_MAX_BYTES) throw new Mistake(`${path} is larger than 16 MB.`);
    return bytes;
  } catch (error) {
    if (error instanceof Mistake) throw error;
    throw new Mistake(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function inWords(verification: Verification, from: HandedReceipt['from']): string {
  const lines = verification.lines.map(({ verdict, says }) => `  ${MARKS[verdict]} ${says}`);
  if (!verification.ok) {
    const why = verification.detail ?? verification.refusal;
    if (verification.refusal === 'malformed_ca') return `✘ The file given with --tsa-ca is malformed: ${why}`;
    if (verification.refusal === 'malformed_key') return `✘ The key given with --key is malformed: ${why}`;
    return ['', ...lines, '', `✘ This receipt does not hold: ${why}`, ''].join('\n');
  }
  const records = verification.records.map(({ index, entry, opened }) => {
    const details = Object.entries({ ...entry.facts, ...opened }).map(
      ([name, value]) =>
        `      ${name}: ${typeof value === 'string' ? value.replaceAll('\n', ' ⏎ ') : JSON.stringify(value)}`,
    );
    return [`  ${entry.time}  ${entry.type}  (entry ${index})`, ...details].join('\n');
  });
  return [
    '',
    ...(from === 'pdf' ? [OF_A_PDF, ''] : []),
    `What the log of ${verification.origin} says about ${verification.subject}:`,
    '',
    ...records,
    '',
    ...lines,
    '',
    verification.pinned
      ? '✔ This receipt holds.'
      : '✔ This receipt holds, by the keys that it carries itself. Give --key to say whose log you trust.',
    '',
  ].join('\n');
}
