import { makeEntry, fieldSalt, type EntryInput } from '../src/evidence/entry.ts';
import { signCheckpoint } from '../src/evidence/checkpoint.ts';
import { growTree } from '../src/evidence/growth.ts';
import type { JsonObject } from '../src/evidence/json.ts';
import type { LogKeys } from '../src/evidence/key.ts';
import { inclusionProof, leafHash } from '../src/evidence/merkle.ts';
import { formatProof } from '../src/evidence/proof.ts';
import { signReceipt, type ReceiptTimeStamp } from '../src/evidence/receipt.ts';
import { tileHashReader } from '../src/evidence/tile.ts';
import type { CertificateInput } from '../src/message/certificate.ts';
import { toBase64Url } from '../src/std/bytes.ts';
import { SALT, testKeys } from './evidence.ts';

/** Receipts of a small log that is made in memory, for what is built on them. */
export type LoggedEvent = Pick<EntryInput, 'type' | 'timeMs'> &
  Partial<Pick<EntryInput, 'n' | 'facts' | 'opened'>>;

export async function receiptFor(
  subject: string,
  events: readonly LoggedEvent[],
  options: { keys?: LogKeys; timestamp?: ReceiptTimeStamp } = {},
): Promise<string> {
  const { keys = await testKeys(), timestamp = { status: 'none' } } = options;
  const inputs = events.map((event) => ({
    id: subject,
    tenant: 'ten_test',
    salt: SALT,
    facts: {},
    opened: {},
    ...event,
  }));
  const leaves = inputs.map((input) => makeEntry(input).leaf);
  const tree = growTree(0, []);
  for (const leaf of leaves) tree.append(leafHash(leaf));
  const size = tree.size();
  const origin = keys.origin;
  const checkpoint = signCheckpoint({ origin, size, root: tree.root(), extensions: [] }, keys.signer);
  const tiles = tree.takeTiles();
  const reader = tileHashReader(() => Promise.resolve(tiles.map((tile) => tile.hashes)), size);
  const records = await Promise.all(
    inputs.map(async (input, index) => ({
      entry: JSON.parse(leaves[index] ?? '') as JsonObject,
      opened: Object.fromEntries(
        Object.entries(input.opened).map(([name, value]) => {
          const { type, id, n = null } = input;
          return [name, { value, salt: toBase64Url(fieldSalt(SALT, { type, id, n, name })) }];
        }),
      ),
      proof: formatProof({ index, path: await inclusionProof(reader, index, size), checkpoint }),
    })),
  );
  const issuedMs = Math.max(...events.map(({ timeMs }) => timeMs)) + 60_000;
  return signReceipt({ subject, records, verifiers: keys.verifiers, keys, issuedMs, timestamp });
}

export const MESSAGE_ID = 'msg_04kq2zv0n3sm1b8yd6w5x7e9fa';
const SUBMITTED_MS = Date.UTC(2026, 2, 4, 14, 5, 7);
export const DIGEST = '6b23c0d5f35d1b11f9b683f0b0a617355deb11277d91ae091d399c655b879401';

/** The story of a registered message that was accepted, read and read again. */
export const MESSAGE_EVENTS: readonly LoggedEvent[] = [
  ['SubmissionAcceptance', 0],
  ['NotificationForAcceptance', 4_000],
  ['ConsignmentAcceptance', 1_260_000],
  ['ContentConsignment', 1_260_000],
  ['ContentAccessTracking', 1_302_000],
  ['ContentHandover', 1_305_000],
].map(([type, afterMs]) => ({
  type: String(type),
  timeMs: SUBMITTED_MS + Number(afterMs),
  facts: { acceptance: true },
  opened:
    type === 'SubmissionAcceptance'
      ? {
          subject: 'Termination of the lease of 12 March',
          sender: { name: 'Ada Lovelace', number: '+33 6 39 98 01 12' },
          addressee: { name: 'Κωνσταντίνος Παπαδόπουλος', number: '+30 691 234 5678' },
          content: DIGEST,
          files: [{ name: 'message.txt', type: 'text/plain', sizeBytes: 1204, sha256: DIGEST }],
        }
      : {},
}));

/** A certificate of that story, as the sender gets it. */
export function certificateInput(receiptJson: string): CertificateInput {
  const proved = { channel: 'sms', atMs: SUBMITTED_MS - 2_000 };
  return {
    language: 'en',
    kind: 'sender',
    title: null,
    subject: 'Termination of the lease',
    messageId: MESSAGE_ID,
    sender: { name: 'Ada Lovelace', number: '+33 6 39 98 01 12', how: proved },
    addressee: { name: 'Grace Hopper', number: '+49 171 ••• 78', how: proved },
    submittedAtMs: SUBMITTED_MS,
    handedOverAtMs: SUBMITTED_MS + 1_305_000,
    events: MESSAGE_EVENTS.map(({ type, timeMs }) => ({ name: type, atMs: timeMs, text: null })),
    files: [{ name: 'message.txt', sizeBytes: 1204, sha256: DIGEST }],
    fingerprint: '6b23 c0d5 f35d',
    digest: DIGEST,
    receiptJson,
    verifyUrl: 'https://confirm.example/verify',
  };
}
