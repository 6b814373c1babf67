import type { Language } from '../std/language.ts';
import canonicalize from 'canonicalize';
import { must } from '../std/assert.ts';
import { createBatch } from '../std/batch.ts';
import { isoTime, monotonicMs } from '../std/clock.ts';
import { newId } from '../std/id.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import type { Secret } from '../std/secret.ts';
import type { Principal } from '../http/client-auth.ts';
import { addressHome, addressKey } from '../directory/home.ts';
import { countryOf, maskAddress } from '../directory/number.ts';
import type { Recipient, ResolveRefusal, ResolveRequest } from '../directory/resolve.ts';
import { appendEntries, type NewEntry } from '../evidence/append.ts';
import { ASSURANCES, type Assurance, type ChannelKind } from '../gateway/channel.ts';
import { enqueue } from '../gateway/gateway.ts';
import { isFault, type Tx } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { amountOf, type Act } from './act.ts';
import type { Confirmation } from './confirmation.ts';
import type { Context } from './context.ts';
import { exemptEntry, openedEntry, refusedEntry } from './entries.ts';
import { assuranceSuffices, decide, ruleOf, type Decision } from './policy.ts';
import { renderCode } from './render.ts';
import { newSessionSecret } from './session.ts';
import { insertConfirmations, type NewConfirmation } from './store.ts';
import { openedEvent } from './telling.ts';

/**
 * Opens a confirmation (P1 to P4): policy, recipient, limits, the row with its evidence, and the sending of
 * the code.
 */
export type OpenInput = {
  readonly to: ResolveRequest['to'];
  readonly act: Act;
  readonly connected: boolean;
  readonly language: Language | null;
  readonly returnUrl: string | null;
  readonly ip: string;
  /** For binding: this address of the subscriber, though it is only pending. */
  readonly addressId?: string;
  /** For a room inside that decided by rules of its own that a code may go to the address that it names. */
  readonly allowCallerAddress?: true;
  /** For a room inside whose act is never done without a code, whatever the policy of its purpose says. */
  readonly alwaysSecured?: true;
  /**
   * What a room inside writes in the transaction that opens, before any code can come back. What it throws
   * fails this opening only; it may be called again, after all that it wrote was undone.
   */
  readonly alongside?: Alongside;
  /** The same, written at once for all of one writer that share the transaction, after what each has alone. */
  readonly together?: Together;
  /**
   * For rooms inside, whose own pages asked: the way back is one of them, and the session is bound to the
   * browser.
   */
  readonly isInside?: true;
};

export type Alongside = (tx: Tx, row: NewConfirmation) => Promise<void>;

export type Together = { readonly writer: TogetherWriter; readonly item: unknown };

/**
 * Writes for several openings at once, each with what its own `Together` says of it. Where it throws, each
 * opening is tried again by itself.
 */
export type TogetherWriter<Item = unknown> = {
  write(tx: Tx, opened: readonly { readonly row: NewConfirmation; readonly item: Item }[]): Promise<void>;
};

export type Opened = {
  readonly row: NewConfirmation;
  /** Masked; null when the act is exempt and nothing is sent. */
  readonly sentTo: string | null;
  readonly secret: Secret<string>;
  readonly createdAt: string;
  readonly expiresAt: string;
};

export type OpenRefusal =
  | ResolveRefusal
  | 'unknown_client'
  | 'return_url_not_allowed'
  | 'channel_unavailable'
  | 'sending_limit';

export type Open = (principal: Principal, input: OpenInput) => Promise<Result<Opened, OpenRefusal>>;

/** How long a client has to connect the session when that is demanded. */
const CONNECT_WITHIN_MS = 15_000;

type Write = { row: NewConfirmation | null; entry: NewEntry } & Pick<OpenInput, 'alongside' | 'together'>;

export function createOpen(context: Context): Open {
  const { store, directory, gateway, gatewayIsLocal, admission, clock } = context;
  const writes = createBatch<Write, void>({
    run: (batch) => writeOpenings(batch),
    apartAfter: isFault,
    inFlightMax: 3,
  });

  async function writeOpenings(batch: Write[]): Promise<void[]> {
    const rows = batch.flatMap(({ row }) => (row ? [row] : []));
    const sends = rows.filter(({ state }) => state === 'opened');
    await transaction(store.sql, async (tx) => {
      const statements: Promise<unknown>[] = [];
      if (rows.length > 0) statements.push(insertConfirmations(tx, context.keys, rows));
      if (sends.length > 0) statements.push(enqueue(tx, sends.map(dispatchOf), gatewayIsLocal));
      statements.push(
        appendEntries(
          tx,
          batch.map(({ entry }) => entry),
        ),
        context.publish(tx, rows.map(openedEvent)),
      );
      await Promise.all(statements);
      await context.outcomes.opened(tx, rows);
      await writeAlongside(tx, batch);
    });
    return batch.map(() => undefined);
  }

  /** Where the gateway is elsewhere, which channels it has is for it to know. Null when ours has none of it. */
  function assuranceOf(kind: ChannelKind): Assurance | null {
    return gatewayIsLocal ? (gateway.channels[kind]?.assurance ?? null) : ASSURANCES[kind];
  }

  async function open(principal: Principal, input: OpenInput): Promise<Result<Opened, OpenRefusal>> {
    const client = await context.clientOf(principal.tenantId, principal.clientId);
    if (!client) return refuse('unknown_client');
    const { returnUrl, isInside = false } = input;
    if (returnUrl !== null && !isInside && !client.returnOrigins.includes(new URL(returnUrl).origin)) {
      return refuse('return_url_not_allowed', {
        detail: `The client may send people back to ${client.returnOrigins.join(', ') || 'no place yet'} only.`,
      });
    }
    const policy = await context.policyOf(principal.tenantId);
    const { purpose } = input.act;
    const { alwaysSecured = false } = input;
    const amount = amountOf(input.act);
    const decision = decide(policy, { purpose, clientId: client.id, amount, alwaysSecured });
    const allow = ruleOf(policy, purpose, client.id);
    const resolved = await directory.resolve({
      tenantId: principal.tenantId,
      to: input.to,
      channel: 'sms',
      allow: input.allowCallerAddress ? { ...allow, callerAddress: true } : allow,
      ...(input.addressId === undefined ? {} : { addressId: input.addressId }),
    });
    if (!resolved.ok) return resolved;
    const recipient = resolved.value;
    if (!decision.secured) return exempt(principal, input, recipient, decision.reason);

    const { channel } = recipient.address;
    const assurance = assuranceOf(channel);
    if (!assurance || !assuranceSuffices(assurance, decision.minimumAssurance)) {
      return refuse('channel_unavailable');
    }
    const made = await makeRow(principal, input, recipient, decision);
    const { row, secret } = made;
    const admitted = await admission.ask({
      sending: { ...principal, ip: input.ip, number: row.address, country: countryOf(row.address) },
      home: row.home,
      guardKey: row.guardKey,
      limits: policy.limits,
    });
    if (!admitted.admitted) {
      await writes.add({
        row: null,
        entry: refusedEntry(row, row.clientId, admitted.exceeded, clock.nowMs()),
      });
      return refuse('sending_limit', { retryAfterMs: admitted.retryAfterMs });
    }
    const { issuedAtMs } = row;
    const writtenMs = monotonicMs();
    const entry = openedEntry(row, issuedAtMs, decision.reason, admitted.exceeded);
    await writes.add({ ...input, row, entry });
    context.metrics.confirmation('opened');
    sendNow(row, client.name, client.domain, writtenMs);
    return ok({
      row,
      secret,
      sentTo: maskAddress(row.address),
      createdAt: isoTime(issuedAtMs),
      expiresAt: isoTime(issuedAtMs + row.validityMs),
    });
  }

  async function exempt(principal: Principal, input: OpenInput, recipient: Recipient, reason: string) {
    const defaults = { digits: 6, validityMs: 1, connected: false, attemptsMax: 0, resendsMax: 0 };
    const { row, secret } = await makeRow(principal, input, recipient, { ...defaults, reason });
    const done: NewConfirmation = { ...row, state: 'confirmed', reason };
    const entry = exemptEntry(done, row.issuedAtMs, reason);
    await writes.add({ ...input, row: done, entry });
    const at = isoTime(row.issuedAtMs);
    return ok({ row: done, secret, sentTo: null, createdAt: at, expiresAt: at });
  }

  type How = Pick<
    Decision & { secured: true },
    'digits' | 'validityMs' | 'connected' | 'attemptsMax' | 'resendsMax'
  >;

  async function makeRow(
    principal: Principal,
    input: OpenInput,
    recipient: Recipient,
    how: How & { reason: string },
  ) {
    const { random, keys, sessionNumbers } = context;
    const { channel, value } = recipient.address;
    const home = addressHome(principal.tenantId, channel, value);
    const nowMs = clock.nowMs();
    const session = newSessionSecret(random, input.isInside);
    const policy = await context.policyOf(principal.tenantId);
    const row: NewConfirmation = {
      home,
      id: newId('cnf', home, nowMs, random),
      tenantId: principal.tenantId,
      clientId: principal.clientId,
      subscriberId: recipient.subscriberId,
      addressId: recipient.address.id,
      channel,
      address: value,
      addressSource: recipient.address.source,
      assurance: assuranceOf(channel) ?? 'none',
      guardKey: addressKey(principal.tenantId, channel, value),
      act: must(canonicalize(input.act), 'an act has a canonical form'),
      language: input.language ?? recipient.language ?? 'en',
      returnUrl: input.returnUrl,
      state: 'opened',
      reason: null,
      sessionNumber: await sessionNumbers.next(),
      sessionHash: session.hash,
      keyId: keys.currentId,
      nonce: random(16),
      salt: random(16),
      issue: 0,
      issuedAtMs: nowMs,
      digits: how.digits,
      attemptsMax: how.attemptsMax,
      resendsMax: how.resendsMax,
      resendGapMs: policy.limits.address.spacingMs,
      validityMs: how.validityMs,
      connected: how.connected || input.connected,
      presentForMs: how.connected || input.connected ? CONNECT_WITHIN_MS : null,
    };
    return { row, secret: session.secret };
  }

  /** The commit gave this process the lease, so the text goes out without another look at the table. */
  function sendNow(row: NewConfirmation, clientName: string, domain: string, writtenMs: number): void {
    if (!gatewayIsLocal) return;
    // The code's time runs from the beginning of the transaction, which may have waited for its turn and for
    // the disk.
    const remainingMs = row.validityMs - (monotonicMs() - writtenMs);
    gateway.send({ ...dispatchOf(row), attempts: 1, remainingMs }, () =>
      renderCode(context.keys, row, clientName, domain),
    );
  }

  return open;
}

/** What is written together comes last: with it the locks on money, that are taken after all others. */
async function writeAlongside(tx: Tx, batch: readonly Write[]): Promise<void> {
  const openings = new Map<TogetherWriter, { row: NewConfirmation; item: unknown }[]>();
  for (const { row, alongside, together: wanted } of batch) {
    if (row === null) continue;
    await alongside?.(tx, row);
    if (wanted === undefined) continue;
    const { writer, item } = wanted;
    const own = openings.get(writer) ?? [];
    own.push({ row, item });
    openings.set(writer, own);
  }
  for (const [writer, opened] of openings) await writer.write(tx, opened);
}

export function dispatchOf(
  row: Pick<Confirmation, 'home' | 'id' | 'issue' | 'tenantId' | 'channel' | 'validityMs'>,
) {
  const { home, id, issue, tenantId, channel, validityMs } = row;
  return { home, subjectId: id, n: issue, tenantId, kind: 'code' as const, channel, validityMs };
}
