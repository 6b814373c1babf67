import { toHex } from '../std/bytes.ts';
import { must } from '../std/assert.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import { fieldSalt, openCommitment, type Entry } from '../evidence/entry.ts';
import { receiptOf, type Opening } from '../evidence/issue.ts';
import type { JsonValue } from '../evidence/json.ts';
import { maskAddress } from '../directory/number.ts';
import { certificatePdf, type CertificateParty } from './certificate.ts';
import type { Context } from './context.ts';
import { fingerprintOf, type Head, type Message, type Party } from './message.ts';
import { readOwned, rolesOf } from './owned.ts';
import { EVENT_NAMES, openedFields } from './record.ts';
import { openHead } from './seal.ts';
import type { Caller, CertificateRefusal, ReceiptRefusal, Role, StoryEvent } from './verbs.ts';
import { createView } from './view.ts';

/**
 * What each side holds as proof (M5, M6): the receipt, with the entries of the message opened as far as
 * this side may see; and the certificate, the same as a page. Each identifies the other side by the
 * name that it is shown by, a masked number and how it was proved, and the holder himself by his whole
 * record.
 */
export function createIssueReceipt(context: Context) {
  const { store, keys, logKeys, clock } = context;
  return async (caller: Caller, id: string, role: Role): Promise<Result<string, ReceiptRefusal>> => {
    const message = await readOwned(store.sql, caller, id, null);
    if (!message || !mayHold(caller, message, role)) return refuse('not_found');
    const head = openHead(keys, message);
    const receipt = await receiptOf(store.sql, {
      keys: logKeys,
      home: message.home,
      subjectId: id,
      nowMs: clock.nowMs(),
      open: (entry) => openingOf(message, head, role, entry),
    });
    if (receipt.ok) return ok(receipt.value);
    if (receipt.refusal === 'unknown_subject') return refuse('not_found');
    if (receipt.refusal === 'not_yet_logged')
      return refuse('not_yet_logged', { retryAfterMs: receipt.retryAfterMs ?? 1000 });
    throw new Error(`The evidence of ${id} does not fit the log: ${receipt.detail ?? receipt.refusal}`);
  };
}

/** A signed-in person holds the proof of his own side only; of the addressee's there is none before it is his. */
function mayHold(caller: Caller, message: Message, role: Role): boolean {
  if (role === 'addressee' && message.acceptedAtMs === null) return false;
  return caller.party === null || rolesOf(caller.party, message).includes(role);
}

/** Opens what the stored row still tells; null once a person in it was erased. */
function openingOf(message: Message, head: Head | null, role: Role, entry: Entry): Opening | null {
  const { salt } = message;
  if (salt === null || head === null) return null;
  const { senderRecord, addresseeRecord, ...shown } = openedFields(message, head);
  // What he was not handed, he does not read in his receipt either.
  const { sender = null, addressee = null, content = null } = shown;
  const forAddressee = message.handedOverAtMs === null ? { sender, addressee, content } : shown;
  const candidates: Readonly<Record<string, JsonValue | undefined>> =
    role === 'sender' ? { ...shown, senderRecord } : { ...forAddressee, addresseeRecord };
  const opened: Record<string, JsonValue> = {};
  for (const name of Object.keys(entry.commitments)) {
    const value = candidates[name];
    if (value === undefined) continue;
    // An earlier submission was of other files; what it said cannot be shown any more, and is left closed.
    if (openCommitment(entry, name, value, fieldSalt(salt, { ...entry, name }))) opened[name] = value;
  }
  return { opened, salt };
}

export function createIssueCertificate(context: Context) {
  const { store, keys, publicUrl } = context;
  const receiptFor = createIssueReceipt(context);
  const viewFor = createView(context);
  return async (caller: Caller, id: string, role: Role): Promise<Result<Uint8Array, CertificateRefusal>> => {
    const message = await readOwned(store.sql, caller, id, null);
    if (!message || !mayHold(caller, message, role)) return refuse('not_found');
    const { acceptedAtMs, digest } = message;
    if (acceptedAtMs === null || digest === null) return refuse('not_submitted');
    const head = openHead(keys, message);
    if (head === null || message.salt === null) return refuse('person_erased');
    const receipt = await receiptFor(caller, id, role);
    if (!receipt.ok) return receipt;
    const { events } = must(await viewFor(caller, id), 'a message that was read is there');
    const closed = role === 'addressee' && message.handedOverAtMs === null;
    const { proof, handover } = proofs(events);
    return ok(
      await certificatePdf({
        language: message.language,
        kind: role,
        title: null,
        subject: closed ? '' : head.subject,
        sender: certificateParty(head.sender, role === 'sender', proof),
        addressee: certificateParty(head.addressee, role === 'addressee', handover),
        messageId: id,
        submittedAtMs: acceptedAtMs,
        handedOverAtMs: message.handedOverAtMs,
        events: events
          .filter(({ name }) => EVENT_NAMES.some((known) => known === name))
          .map(({ name, atMs }) => ({ name, atMs, text: null })),
        files: closed ? [] : head.files.map(({ name, sizeBytes, sha256 }) => ({ name, sizeBytes, sha256 })),
        fingerprint: fingerprintOf(digest),
        digest: toHex(digest),
        receiptJson: receipt.value,
        verifyUrl: `${publicUrl}/verify`,
      }),
    );
  };
}

/** Which codes proved the two sides: that of the submission, and that of the reading that was handed over. */
function proofs(events: readonly StoryEvent[]) {
  const last = (name: string) => events.findLast((event) => event.name === name) ?? null;
  const handed = last('ContentHandover') ?? last('ConsignmentAcceptance') ?? last('ConsignmentRejection');
  const handover = events.find(
    ({ name, confirmationId }) =>
      name === 'ContentAccessTracking' && handed !== null && confirmationId === handed.confirmationId,
  );
  return { proof: last('SubmissionAcceptance'), handover: handover ?? null };
}

function certificateParty(party: Party, own: boolean, proof: StoryEvent | null): CertificateParty {
  const { name, shown, number } = party;
  return {
    name: own ? (name ?? shown) : shown,
    number: own ? number : maskAddress(number),
    how: proof && { channel: proof.channel ?? 'sms', atMs: proof.atMs },
  };
}
