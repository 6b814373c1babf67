/**
 * Importing a contract file: the tenant's administrator vouches for every number in it.
 *
 *   read and check every line ──▶ look up who is known ──▶ write all in one transaction ──▶ done
 *            │                      │         ▲                      │
 *            │                      │         └── changed meanwhile ─┘
 *            └──────────────────────┴─▶ any problem: report all of them, write nothing
 *
 * Known identifiers are updated, unknown ones make subscribers. An empty cell changes nothing.
 */
import { systemClock } from '../std/clock.ts';
import { newId } from '../std/id.ts';
import { Outage } from '../std/outage.ts';
import { systemRandom } from '../std/random.ts';
import { ok, refuse } from '../std/result.ts';
import type { Db, Sql, Tx } from '../store/connection.ts';
import { readImportFile, type ImportLine, type LineProblem } from './import-file.ts';
import {
  deleteIdentifiersOfKind,
  findOwners,
  insertIdentifiersOf,
  insertSubscribers,
  lockImports,
  retireReplaced,
  updateSubscribers,
  vouchForNumbers,
  type Owner,
  type SubscriberWrite,
} from './import-store.ts';
import type { Identifier } from './identifier.ts';
import { randomHome } from './manage.ts';
import type { CountryCode } from './number.ts';
import { transactionUnlessRefused } from './undo.ts';

export type ImportProgress = {
  readonly phase: 'reading' | 'looking up' | 'writing';
  readonly lines: number;
  /** Null while reading, for nobody knows yet. */
  readonly linesAll: number | null;
};

export type ImportOutcome =
  | { readonly ok: true; readonly created: number; readonly updated: number }
  | { readonly ok: false; readonly problems: readonly LineProblem[]; readonly problemsLeftOut: number };

export type ImportOptions = {
  readonly defaultCountry?: CountryCode | undefined;
  /** Who answers for the numbers; kept with each address. */
  readonly vouchedBy: string;
  readonly onProgress?: (progress: ImportProgress) => void;
};

const BATCH_LINES = 2_000;
const ATTEMPTS_MAX = 4;
const PROBLEMS_MAX = 1000;

export async function importSubscribers(
  sql: Sql,
  tenantId: string,
  stream: AsyncIterable<Uint8Array | string>,
  options: ImportOptions,
): Promise<ImportOutcome> {
  const { defaultCountry, vouchedBy, onProgress = () => undefined } = options;
  const file = await readImportFile(stream, defaultCountry, (lines) =>
    onProgress({ phase: 'reading', lines, linesAll: null }),
  );
  const { problems, problemsLeftOut } = file;
  if (problems.length > 0) return { ok: false, problems, problemsLeftOut };
  const linesAll = file.lines.length;
  for (let attempt = 1; ; attempt++) {
    const planned = await plan(sql, tenantId, file.lines, (lines) =>
      onProgress({ phase: 'looking up', lines, linesAll }),
    );
    if (!planned.ok) return planned;
    const { writes } = planned;
    const isWritten = await writeAll(sql, tenantId, writes, vouchedBy, (lines) =>
      onProgress({ phase: 'writing', lines, linesAll }),
    );
    if (!isWritten && attempt < ATTEMPTS_MAX) continue;
    if (!isWritten)
      throw new Outage('The same subscribers are being changed all the time. Run the import again.');
    // So that the planner knows at once how large the tables are now.
    if (linesAll >= BATCH_LINES) await sql`analyze subscriber, identifier, address`;
    const created = writes.filter(({ isNew }) => isNew).length;
    return { ok: true, created, updated: linesAll - created };
  }
}

type Write = SubscriberWrite & { readonly source: ImportLine };
type Plan = { readonly ok: true; readonly writes: Write[] } | Extract<ImportOutcome, { ok: false }>;

/** Says for each line whose it is, and finds the lines whose further identifiers belong to somebody else. */
async function plan(
  db: Db,
  tenantId: string,
  lines: readonly ImportLine[],
  onLines: (lines: number) => void,
): Promise<Plan> {
  const writes: Write[] = [];
  const problems: LineProblem[] = [];
  for (const batch of batches(lines)) {
    const asked = batch.flatMap((line) => line.identifiers);
    const owners = await findOwners(db, tenantId, asked);
    let at = 0;
    for (const line of batch) {
      const found = owners.slice(at, at + line.identifiers.length);
      at += line.identifiers.length;
      const owner = found[0] ?? null;
      for (const [i, other] of found.entries()) {
        const identifier = line.identifiers[i];
        if (!other || !identifier || (owner && other.subscriberId === owner.subscriberId)) continue;
        const detail = `The ${identifier.kind} "${identifier.value}" belongs to another subscriber, ${other.subscriberId}.`;
        problems.push({ line: line.line, detail });
      }
      writes.push(toWrite(line, owner));
    }
    onLines(writes.length);
  }
  const two = sameSubscriberTwice(writes);
  if (two) problems.push(two);
  if (problems.length === 0) return { ok: true, writes };
  const listed = problems.slice(0, PROBLEMS_MAX);
  return { ok: false, problems: listed, problemsLeftOut: problems.length - listed.length };
}

/** Two lines may name one known subscriber by two of his identifiers: they would undo each other. */
function sameSubscriberTwice(writes: readonly Write[]): LineProblem | null {
  const seen = new Map<string, number>();
  for (const { subscriberId, source } of writes) {
    const earlier = seen.get(subscriberId);
    if (earlier !== undefined) {
      return {
        line: source.line,
        detail: `This is the subscriber of line ${earlier}, by another identifier.`,
      };
    }
    seen.set(subscriberId, source.line);
  }
  return null;
}

function toWrite(source: ImportLine, owner: Owner | null): Write {
  const nowMs = systemClock.nowMs();
  const home = owner?.home ?? randomHome();
  return {
    source,
    home,
    subscriberId: owner?.subscriberId ?? newId('sub', home, nowMs, systemRandom),
    isNew: owner === null,
    addressId: newId('adr', home, nowMs, systemRandom),
    name: source.name,
    language: source.language,
    phone: source.phone,
  };
}

/**
 * One transaction. False, and nothing written, when somebody else took one of the identifiers since they were
 * looked up.
 */
async function writeAll(
  sql: Sql,
  tenantId: string,
  writes: readonly Write[],
  vouchedBy: string,
  onLines: (lines: number) => void,
): Promise<boolean> {
  const written = await transactionUnlessRefused(sql, async (tx) => {
    await lockImports(tx);
    let lines = 0;
    for (const batch of batches(writes)) {
      if (!(await write(tx, tenantId, batch, vouchedBy))) return refuse('identifier_taken');
      lines += batch.length;
      onLines(lines);
    }
    return ok();
  });
  return written.ok;
}

async function write(
  tx: Tx,
  tenantId: string,
  writes: readonly Write[],
  vouchedBy: string,
): Promise<boolean> {
  const made = writes.filter(({ isNew }) => isNew);
  const known = writes.filter(({ isNew }) => !isNew);
  if (made.length > 0) {
    const given = identifiersOf(made);
    await insertSubscribers(tx, tenantId, made);
    if ((await insertIdentifiersOf(tx, tenantId, given)) !== given.length) return false;
  }
  if (known.length > 0) {
    const given = identifiersOf(known);
    if ((await updateSubscribers(tx, known)) !== known.length) return false;
    await deleteIdentifiersOfKind(tx, identifiersOf(known, 1));
    await insertIdentifiersOf(tx, tenantId, given);
    const owners = await findOwners(tx, tenantId, given);
    if (given.some(({ subscriberId }, i) => owners[i]?.subscriberId !== subscriberId)) return false;
    await retireReplaced(tx, known);
  }
  await vouchForNumbers(tx, tenantId, writes, vouchedBy);
  return true;
}

/** `from` 1 leaves out those that the lines were found by. */
function identifiersOf(writes: readonly Write[], from = 0): (Owner & Identifier)[] {
  return writes.flatMap(({ home, subscriberId, source }) =>
    source.identifiers.slice(from).map(({ kind, value }) => ({ home, subscriberId, kind, value })),
  );
}

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += BATCH_LINES) yield items.slice(at, at + BATCH_LINES);
}
