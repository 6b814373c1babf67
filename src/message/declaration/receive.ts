import { isoTime } from '../../std/clock.ts';
import { must } from '../../std/assert.ts';
import { homeOf } from '../../std/id.ts';
import { toHex } from '../../std/bytes.ts';
import { appendEntries, newEntry, type NewEntry } from '../../evidence/append.ts';
import type { JsonValue } from '../../evidence/json.ts';
import type { CarryOut, Outcome } from '../../confirmation/outcomes.ts';
import type { Tx } from '../../store/connection.ts';
import type { NewEvent } from '../../webhook/publish.ts';
import type { DeclarationContext } from './context.ts';
import { numberText, readContent, type Declaration, type Sealed } from './declaration.ts';
import {
  insertDeclarations,
  lockForms,
  takeNumber,
  takeOpenings,
  type DeclarationKey,
  type Opening,
} from './declaration-store.ts';
import { openDeclaration } from './seal.ts';

/**
 * Receives a declaration in the very transaction in which its code is right: it gets the next number of its
 * form, and its record in the log (ETSI EN 319 522-1: SubmissionAcceptance). Whatever else its confirmation
 * comes to, nothing of what was typed is left, and the log says why (SubmissionRejection).
 */
export function createReceive(context: DeclarationContext): CarryOut {
  const { clock, publish } = context;
  return async (tx, outcomes) => {
    const ended = new Map(outcomes.map((outcome) => [outcome.row.id, outcome]));
    const openings = await takeOpenings(
      tx,
      outcomes.map(({ row }) => ({ home: row.home, id: row.id })),
    );
    // One order for all, so that two transactions never wait for each other's counters.
    const own = openings
      .map((opening) => ({ opening, outcome: must(ended.get(opening.confirmationId), 'it was asked for') }))
      .toSorted((a, b) => (a.opening.formId < b.opening.formId ? -1 : 1));
    if (own.length === 0) return;
    const timeMs = clock.nowMs();
    const received: Declaration[] = [];
    const entries: NewEntry[] = [];
    const known = await lockForms(
      tx,
      own.map(({ opening }) => declarationKey(opening)),
    );
    for (const { opening, outcome } of own) {
      // Who asked for two codes for one declaration, and brought both back, declared once.
      if (known.has(opening.id)) continue;
      if (outcome.state === 'confirmed') {
        known.add(opening.id);
        const declaration = await numbered(tx, opening, outcome);
        received.push(declaration);
        entries.push(acceptanceOf(context, declaration, outcome, timeMs));
      } else {
        entries.push(rejectionOf(opening, outcome, timeMs));
      }
    }
    const writes: Promise<unknown>[] = [appendEntries(tx, entries)];
    if (received.length > 0)
      writes.push(insertDeclarations(tx, received), publish(tx, received.map(eventOf)));
    await Promise.all(writes);
  };
}

function declarationKey({ id, formId }: Opening): DeclarationKey {
  return { home: homeOf('frm', formId) ?? 0, id, formId };
}

async function numbered(tx: Tx, opening: Opening, { row }: Outcome): Promise<Declaration> {
  const { formId } = opening;
  const home = homeOf('frm', formId) ?? 0;
  const { year, number, receivedAtMs } = await takeNumber(tx, home, formId);
  const { tenantId, clientId } = row;
  return { ...opening, home, tenantId, clientId, year, number, receivedAtMs };
}

/** What the acceptance commits to; a receipt opens it from the stored row. */
export function openedFields(
  declaration: Pick<Declaration, 'digest' | 'year' | 'number'>,
  { content, declarant, addressee }: Sealed,
): Readonly<Record<string, JsonValue>> {
  const read = readContent(content);
  return {
    subject: read.title,
    sender: { ...declarant },
    addressee: { name: addressee },
    content: toHex(declaration.digest),
    declaration: { ...read },
  };
}

function acceptanceOf(
  { keys }: DeclarationContext,
  declaration: Declaration,
  { row }: Outcome,
  timeMs: number,
): NewEntry {
  const { home, id, tenantId, clientId, formId, version, salt, confirmationId } = declaration;
  return newEntry(home, {
    type: 'SubmissionAcceptance',
    id,
    timeMs,
    tenant: tenantId,
    facts: {
      client: clientId,
      form: formId,
      version,
      number: numberText(declaration),
      confirmation: confirmationId,
      channel: row.channel,
      assurance: row.assurance,
    },
    opened: openedFields(declaration, openDeclaration(keys, declaration)),
    salt,
  });
}

function rejectionOf(opening: Opening, { row, reason }: Outcome, timeMs: number): NewEntry {
  const { id, formId, version, confirmationId, salt } = opening;
  return newEntry(homeOf('frm', formId) ?? 0, {
    type: 'SubmissionRejection',
    id,
    timeMs,
    tenant: row.tenantId,
    facts: { client: row.clientId, form: formId, version, confirmation: confirmationId, reason },
    opened: {},
    salt,
  });
}

function eventOf(declaration: Declaration): NewEvent {
  const { id, tenantId, clientId, formId, version, receivedAtMs } = declaration;
  return {
    tenantId,
    clientId,
    type: 'declaration.received',
    subjectId: id,
    data: () => ({
      declaration: id,
      form: formId,
      version,
      number: numberText(declaration),
      receivedAt: isoTime(receivedAtMs),
    }),
  };
}
