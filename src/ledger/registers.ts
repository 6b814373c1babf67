/**
 * Counts confirmed acts in the registers of their addresses (P12), in the very transaction in which a
 * confirmation opens or ends: what was not committed was not counted, and nothing is counted twice.
 */
import canonicalize from 'canonicalize';
import { must } from '../std/assert.ts';
import { monotonicMs } from '../std/clock.ts';
import { toHex } from '../std/bytes.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import { amountOf, type Act } from '../confirmation/act.ts';
import type { Confirmation } from '../confirmation/confirmation.ts';
import type { Outcome, OutcomeRoom } from '../confirmation/outcomes.ts';
import type { Db, Sql, Tx } from '../store/connection.ts';
import { createAccountsIn, type NewAccount } from './accounts.ts';
import { applyGroups } from './apply.ts';
import { readNowUs } from './history-store.ts';
import { accountId, registerId, transferId } from './names.ts';
import { addedBy, addsOf, type Register, type RegisterDocument } from './register.ts';
import { insertRegister, listRegisters, type RegisterRow } from './register-store.ts';
import type { Group, Instruction, TransferRefusal } from './transfer.ts';

export type Registers = {
  /** At the opening and the end of a confirmation, whatever its purpose. */
  readonly room: OutcomeRoom;
};

/** What of a confirmation is counted. */
type Opened = Pick<Confirmation, 'id' | 'tenantId' | 'guardKey' | 'act' | 'validityMs'>;

/** A new rule counts on every server after at most this time. */
const FRESH_MS = 5_000;
const REGISTERS_MAX = 100;
/** Longer than a confirmation can be open: what is reserved for it is never given back before its end. */
const HOLD_MARGIN_MS = 3_600_000;

export type RegisterRefusal = 'register_differs' | 'too_many_registers';

/** The same rule again is answered the same; a rule never changes. */
export async function createRegister(
  db: Db,
  tenantId: string,
  document: RegisterDocument,
): Promise<Result<RegisterRow, RegisterRefusal>> {
  const known = await listRegisters(db, tenantId, '', REGISTERS_MAX);
  const id = registerId(tenantId, document.name);
  if (known.length >= REGISTERS_MAX && !known.some((row) => row.id === id))
    return refuse('too_many_registers');
  const made = must(await insertRegister(db, tenantId, id, document), 'a register that was made is there');
  const isSame = canonicalize(made.document) === canonicalize(document);
  return isSame && made.endedAt === null ? ok(made) : refuse('register_differs');
}

/** The account in which a register counts for one address; its owner is named by a digest alone. */
export function registerAccountId(
  register: { tenantId: string; name: string },
  guardKey: Uint8Array,
): string {
  return accountId(register.tenantId, codeOf(register.name, guardKey));
}

const codeOf = (name: string, guardKey: Uint8Array): string => `~register/${name}/${toHex(guardKey)}`;
const totalCodeOf = (name: string): string => `~register/${name}`;
const externalIdOf = (name: string, confirmationId: string): string => `~register/${name}/${confirmationId}`;

export function createRegisters(sql: Sql): Registers {
  const rulesOf = createFindRules(sql);

  async function onOpened(tx: Tx, rows: readonly Opened[]): Promise<void> {
    const counted: Counted[] = [];
    for (const row of rows) {
      const rules = await rulesOf(row.tenantId);
      for (const rule of rules.filter((one) => one.counted === 'before' && isOf(one, row))) {
        // The most that it can come to is reserved; what was less is released at the end.
        const added = addedBy(rule, actOf(row), row.validityMs);
        const timeoutMs = row.validityMs + HOLD_MARGIN_MS;
        if (added > 0n) counted.push({ rule, row, instruction: adding(rule, row, added, { timeoutMs }) });
      }
    }
    await count(tx, counted, []);
  }

  async function onEnded(tx: Tx, outcomes: readonly Outcome[]): Promise<void> {
    const counted: Counted[] = [];
    let nowMs: number | null = null;
    for (const { row, state } of outcomes) {
      const rules = (await rulesOf(row.tenantId)).filter((rule) => isOf(rule, row));
      for (const rule of rules) {
        if (rule.adds.kind === 'duration') nowMs ??= (await readNowUs(tx)) / 1000;
        const added = addedBy(rule, actOf(row), (nowMs ?? row.createdAtMs) - row.createdAtMs);
        const instruction = ending(rule, row, state === 'confirmed' ? added : 0n);
        if (instruction) counted.push({ rule, row, instruction });
      }
    }
    await count(tx, counted, NOT_RESERVED);
  }

  return { room: { onOpened, onEnded } };
}

/**
 * A register that was made, or could count nothing, while the confirmation was open has reserved nothing;
 * and a limit of time is no reason to keep a right code from being right.
 */
const NOT_RESERVED: readonly TransferRefusal[] = ['unknown_transfer', 'already_expired'];

type Counted = {
  readonly rule: Register;
  readonly row: Pick<Opened, 'id' | 'guardKey'>;
  readonly instruction: Instruction;
};

function adding(
  rule: Register,
  row: Pick<Opened, 'id' | 'guardKey'>,
  added: bigint,
  pending: { timeoutMs: number } | null,
): Instruction {
  return {
    do: 'transfer',
    externalId: externalIdOf(rule.name, row.id),
    debitAccountId: registerAccountId(rule, row.guardKey),
    creditAccountId: accountId(rule.tenantId, totalCodeOf(rule.name)),
    amount: { minor: added, currency: rule.currency },
    kind: 'register',
    pending,
  };
}

function ending(rule: Register, row: Opened, added: bigint): Instruction | null {
  if (rule.counted === 'after') return added > 0n ? adding(rule, row, added, null) : null;
  const pendingId = transferId(rule.tenantId, externalIdOf(rule.name, row.id));
  if (added === 0n) return { do: 'void', pendingId };
  // A session may have lasted a moment longer than its code lived, for which no more was reserved.
  const reserved = addedBy(rule, actOf(row), row.validityMs);
  const minor = added < reserved ? added : reserved;
  return { do: 'post', pendingId, amount: { minor, currency: rule.currency } };
}

async function count(
  tx: Tx,
  counted: readonly Counted[],
  allowed: readonly TransferRefusal[],
): Promise<void> {
  if (counted.length === 0) return;
  const tenants = Map.groupBy(counted, ({ rule }) => rule.tenantId);
  const groups: Group[] = [];
  for (const [tenantId, own] of tenants) {
    const made = await createAccountsIn(tx, tenantId, own.flatMap(accountsOf));
    must(made.every(({ ok }) => ok) || null, 'the codes of registers belong to registers');
    for (const { instruction } of own) groups.push({ tenantId, instructions: [instruction] });
  }
  for (const [answer] of await applyGroups(tx, groups)) {
    const isFine = answer?.ok === true || (answer !== undefined && allowed.includes(answer.refusal));
    must(isFine || null, `a register could not be counted: ${answer?.ok === false ? answer.refusal : ''}`);
  }
}

function accountsOf({ rule, row, instruction }: Counted): NewAccount[] {
  if (instruction.do !== 'transfer') return [];
  const { name, currency } = rule;
  return [
    { code: codeOf(name, row.guardKey), kind: 'register', currency, normalSide: 'debit' },
    { code: totalCodeOf(name), kind: 'register_total', currency, normalSide: 'credit' },
  ];
}

function isOf(rule: Register, row: Opened): boolean {
  return rule.purpose === null || rule.purpose === actIn(row).purpose;
}

function actIn({ act }: Pick<Opened, 'act'>): Act {
  return JSON.parse(act) as Act;
}

function actOf(row: Pick<Opened, 'act'>) {
  return { amount: amountOf(actIn(row)) };
}

/**
 * The rules of a tenant that are in force, through a cache of 5 s; one that cannot be read is thrown
 * (S17).
 */
function createFindRules(db: Db): (tenantId: string) => Promise<readonly Register[]> {
  const cached = new Map<string, { rules: readonly Register[]; freshUntilMs: number }>();
  return async (tenantId) => {
    const known = cached.get(tenantId);
    if (known && known.freshUntilMs > monotonicMs()) return known.rules;
    const freshUntilMs = monotonicMs() + FRESH_MS;
    const rows = await listRegisters(db, tenantId, '', REGISTERS_MAX);
    const rules = rows.filter(({ endedAt }) => endedAt === null).map(ruleOf);
    if (cached.size >= 10_000) cached.clear();
    cached.set(tenantId, { rules, freshUntilMs });
    return rules;
  };
}

function ruleOf({ id, tenantId, document }: RegisterRow): Register {
  const { name, purpose, counted, currency } = document;
  return { id, tenantId, name, purpose, counted, currency, adds: addsOf(document) };
}
