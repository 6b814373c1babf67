import { equalBytes, toBase64Url, utf8 } from '../std/bytes.ts';
import { must } from '../std/assert.ts';
import { newId } from '../std/id.ts';
import { ok, refuse, type Refused, type Result } from '../std/result.ts';
import type { Tx } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { createTextCheck } from './content-type.ts';
import type { Context } from './context.ts';
import { DRAFT_LIFE_MS, partyHomeOf, partyKeyOf, TEXT_FILE, type Head } from './message.ts';
import { findParty, type PartyRefusal } from './party.ts';
import { CONTENT_KEY_BYTES, sealHead, wrapKey } from './seal.ts';
import { insertDraft, type NewRow } from './store.ts';
import { writeWhole } from './upload.ts';
import type { Caller, DraftRefusal, MessageView, NewMessage } from './verbs.ts';
import { viewNow } from './view.ts';

/** Begins a message: who writes to whom, the subject, the rules, and the text if there is one (M2). */
export function createDrafts(context: Context) {
  const { store, keys, random, clock, clientOf } = context;

  function rowOf(caller: Caller, input: NewMessage, head: Head, language: NewRow['language']) {
    const { tenantId, clientId } = caller;
    const home = partyHomeOf(tenantId, head.sender);
    const owner = { id: newId('msg', home, clock.nowMs(), random), keyId: keys.currentId };
    const contentKey = random(CONTENT_KEY_BYTES);
    const row: NewRow = {
      ...owner,
      home,
      tenantId,
      clientId,
      acceptance: input.acceptance,
      language,
      notifySender: input.notifySender,
      senderKey: partyKeyOf(tenantId, head.sender),
      addresseeKey: partyKeyOf(tenantId, head.addressee),
      expiresAfterMs: input.validityMs,
      head: sealHead(keys, owner, head, random),
      contentKey: wrapKey(keys, owner, contentKey, random),
      salt: random(16),
    };
    return { row, contentKey };
  }

  return async (caller: Caller, input: NewMessage): Promise<Result<MessageView, DraftRefusal>> => {
    const { tenantId, clientId } = caller;
    if (!(await clientOf(tenantId, clientId))) return refuse('unknown_client');
    const { sender: from, addressee: to, senderName, addresseeName, subject } = input;
    const [sender, addressee] = await Promise.all([
      findParty(context, { tenantId, clientId, named: from, name: senderName, role: 'sender' }),
      findParty(context, { tenantId, clientId, named: to, name: addresseeName, role: 'addressee' }),
    ]);
    if (!sender.ok) return named(sender, 'unknown_sender');
    // Whoever is signed in writes as himself.
    if (caller.party && !equalBytes(caller.party, partyKeyOf(tenantId, sender.value.party))) {
      return refuse('unknown_sender');
    }
    if (!addressee.ok) return named(addressee, 'unknown_addressee');
    const text = input.text === null ? null : utf8(input.text);
    const checked = text && checkText(text);
    if (checked?.ok === false) return checked;
    const head: Head = {
      subject,
      sender: sender.value.party,
      addressee: addressee.value.party,
      nonce: toBase64Url(random(16)),
      blind: toBase64Url(random(16)),
      files: [],
    };
    const language = input.language ?? addressee.value.language ?? sender.value.language ?? 'en';
    const { row, contentKey } = rowOf(caller, input, head, language);
    await transaction(store.sql, async (tx: Tx) => {
      await insertDraft(tx, row, DRAFT_LIFE_MS);
      if (text) await writeWhole(tx, context, row, contentKey, { ...TEXT_FILE, bytes: text });
    });
    return ok(must(await viewNow(context, caller, row.id), 'a draft that was committed is there'));
  };
}

function checkText(text: Uint8Array): Result<undefined, 'file_type_not_allowed'> {
  if (!createTextCheck('text/plain').isText(text, true)) {
    return refuse('file_type_not_allowed', { detail: 'The text has control characters.' });
  }
  // How it begins says nothing: a letter may begin with "PK", and what somebody typed is never run.
  return ok();
}

function named(refused: Refused<PartyRefusal>, unknown: DraftRefusal): Refused<DraftRefusal> {
  const { refusal, detail } = refused;
  return refuse(refusal === 'unknown' ? unknown : refusal, detail === undefined ? {} : { detail });
}
