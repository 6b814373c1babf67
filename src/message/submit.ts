import { must } from '../std/assert.ts';
import { toHex } from '../std/bytes.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import type { Act } from '../confirmation/act.ts';
import type { Outcome, OutcomeRoom } from '../confirmation/outcomes.ts';
import type { Principal } from '../http/client-auth.ts';
import { enqueue } from '../gateway/gateway.ts';
import type { Tx } from '../store/connection.ts';
import type { Context } from './context.ts';
import { readFiles, type FileRow } from './file-store.ts';
import { insertItems } from './mailbox-store.ts';
import {
  digestOf,
  homeOfPartyKey,
  manifestOf,
  maySubmit,
  nextLookMs,
  type Head,
  type Message,
} from './message.ts';
import { noticeOf } from './notice.ts';
import { readOwned } from './owned.ts';
import { toOfParty } from './party.ts';
import type { Happening, RecordEvents } from './record.ts';
import { openHead, sealHead } from './seal.ts';
import { textsOfParty, tokensOf } from './search.ts';
import { consign, fixSubmission, lockMessages, lockSubmitted, step } from './store.ts';
import type { Asking, Caller, CodeSent, SubmitRefusal } from './verbs.ts';
import { filesOf } from './view.ts';

/**
 * The sender proves himself with a code of his own (M4), which depends on the digest of all that is
 * sent and on the addressee; only then is the message registered, and the addressee told.
 *
 *   submit ──▶ confirmation opened, message fixed, in one transaction
 *   code right ──▶ registered, listed, notice enqueued, in the transaction that confirms
 *   locked, expired, cancelled ──▶ rejected
 */
class DraftChanged extends Error {
  override readonly name = 'DraftChanged';
}

type Prepared = { readonly head: Head; readonly digest: Uint8Array; readonly sizeBytes: number };

/** The client's own doing, as far as the room confirmation can tell. */
export function principalOf(caller: Pick<Caller, 'tenantId' | 'clientId'>): Principal {
  return { tenantId: caller.tenantId, clientId: caller.clientId, scope: 'client', keyId: 'message' };
}

export function createSubmit(context: Context) {
  const { store, keys, random, confirmations } = context;

  function prepare(row: Message, files: readonly FileRow[]): Result<Prepared, SubmitRefusal> {
    if (!maySubmit(row.state)) return refuse('not_draft');
    if (row.contentKey === null) return refuse('content_erased');
    if (files.length === 0) return refuse('no_content');
    if (files.some(({ whole }) => !whole)) return refuse('file_incomplete');
    const before = must(openHead(keys, row), `the head of ${row.id} cannot be opened`);
    const infos = filesOf(keys, row, files).map(({ n, name, type, sizeBytes, sha256 }) => ({
      n,
      name,
      type,
      sizeBytes,
      sha256,
    }));
    const head = { ...before, files: infos };
    const total = infos.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return ok({ head, digest: digestOf(manifestOf(row, head)), sizeBytes: total });
  }

  /** What is confirmed is what is fixed: a draft that changed since it was read undoes the opening. */
  async function fix(tx: Tx, row: Message, files: readonly FileRow[], made: Prepared, submissionId: string) {
    const [now] = await lockMessages(tx, [row]);
    const same = sameFiles(files, await readFiles(tx, row));
    if (!now || now.submissions !== row.submissions || !maySubmit(now.state) || !same) {
      throw new DraftChanged('the draft changed while its code was being made');
    }
    const { home, id, keyId, senderKey } = row;
    const { head, digest, sizeBytes } = made;
    const texts = [head.subject, ...textsOfParty(head.addressee)];
    await Promise.all([
      fixSubmission(tx, {
        home,
        id,
        submissionId,
        head: sealHead(keys, row, head, random),
        digest,
        sizeBytes,
      }),
      insertItems(tx, [
        { box: 'sent', partyHome: home, home, id, tokens: tokensOf(keys, keyId, senderKey, texts) },
      ]),
    ]);
  }

  return async (caller: Caller, id: string, asking: Asking): Promise<Result<CodeSent, SubmitRefusal>> => {
    const row = await readOwned(store.sql, caller, id, 'sender');
    if (!row) return refuse('not_found');
    const files = await readFiles(store.sql, row);
    const prepared = prepare(row, files);
    if (!prepared.ok) return prepared;
    const { head, digest } = prepared.value;
    const act: Act = {
      purpose: 'send_message',
      text: head.subject,
      payee: { name: head.addressee.shown },
      contentDigest: toHex(digest),
    };
    try {
      const opened = await confirmations.open(principalOf(caller), {
        to: toOfParty(head.sender),
        act,
        connected: false,
        language: head.sender.subscriberId === null ? row.language : null,
        ...asking,
        alwaysSecured: true,
        // Whom the directory or a third party vouched for was named by them, not by the caller (P3).
        ...(head.sender.source === 'caller' ? {} : { allowCallerAddress: true as const }),
        alongside: (tx, confirmation) => fix(tx, row, files, prepared.value, confirmation.id),
      });
      if (!opened.ok) return opened;
      context.changes.tell(id);
      return ok({ opened: opened.value, act });
    } catch (error) {
      if (error instanceof DraftChanged) return refuse('draft_changed');
      throw error;
    }
  };
}

/** What follows the end of a sender's confirmation, in its transaction. */
export function createSubmissionRoom(context: Context, record: RecordEvents): OutcomeRoom {
  const { keys, changes } = context;
  const told = new WeakMap<readonly Outcome[], readonly string[]>();

  async function onEnded(tx: Tx, outcomes: readonly Outcome[]): Promise<void> {
    const byId = new Map(outcomes.map((outcome) => [outcome.row.id, outcome]));
    const locked = await lockSubmitted(tx, [...byId.keys()]);
    const ended = locked
      .filter(({ state }) => state === 'submitted')
      .map((message) => ({
        message,
        outcome: must(byId.get(message.submissionId ?? ''), 'a message is found by its submission'),
      }));
    const accepted = ended.filter(({ outcome }) => outcome.state === 'confirmed');
    const rejected = ended.filter(({ outcome }) => outcome.state !== 'confirmed');
    if (accepted.length > 0) {
      const messages = accepted.map(({ message }) => message);
      await Promise.all([
        consign(
          tx,
          messages.map(({ home, id, expiresAfterMs }) => ({
            home,
            id,
            nextMs: nextLookMs(0, expiresAfterMs),
          })),
        ),
        insertItems(tx, messages.map(receivedItem)),
        enqueue(
          tx,
          messages.map((message) => noticeOf(message, 0)),
          false,
        ),
      ]);
    }
    if (rejected.length > 0) {
      const rows = rejected.map(({ message: { home, id }, outcome }) => ({
        home,
        id,
        reason: outcome.reason,
        nextMs: DRAFT_AGAIN_MS,
      }));
      await step(tx, 'reject', rows);
    }
    await record(tx, [...accepted.flatMap(acceptance), ...rejected.map(rejection)]);
    told.set(
      outcomes,
      ended.map(({ message }) => message.id),
    );
  }

  /** Of the subject the addressee may know nothing yet, not even by searching. */
  function receivedItem(message: Message) {
    const { home, id, keyId, addresseeKey } = message;
    const head = openHead(keys, message);
    const texts = head ? textsOfParty(head.sender) : [];
    const tokens = tokensOf(keys, keyId, addresseeKey, texts);
    return { box: 'received' as const, partyHome: homeOfPartyKey(addresseeKey), home, id, tokens };
  }

  return {
    onEnded,
    onCommitted: (outcomes) => {
      for (const id of told.get(outcomes) ?? []) changes.tell(id);
    },
  };
}

const DRAFT_AGAIN_MS = 24 * 60 * 60_000;

type Ended = { readonly message: Message; readonly outcome: Outcome };

function acceptance({ message, outcome }: Ended): Happening[] {
  const { id: confirmation, channel, assurance, addressSource } = outcome.row;
  const facts = { acceptance: message.acceptance, confirmation, channel, assurance, addressSource };
  const accepted: Happening = { message, name: 'SubmissionAcceptance', n: message.submissions - 1, facts };
  return message.acceptance ? [accepted] : [accepted, { message, name: 'ContentConsignment' }];
}

function rejection({ message, outcome }: Ended): Happening {
  const { reason, row } = outcome;
  const n = message.submissions - 1;
  return { message, name: 'SubmissionRejection', n, reason, facts: { confirmation: row.id } };
}

function sameFiles(before: readonly FileRow[], now: readonly FileRow[]): boolean {
  const text = (files: readonly FileRow[]) =>
    files.map(({ n, salt, whole }) => `${n} ${toHex(salt)} ${whole}`).join('\n');
  return text(before) === text(now);
}
