import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  createModel,
  instructionOf,
  MODEL_ACCOUNTS,
  steps,
  type Asked,
  type Step,
} from '../../test/ledger-model.ts';
import { MINOR_MAX, NO_BALANCES, NO_LIMITS } from './account.ts';
import { judge, nameGroup, type Answer, type LockedAccount } from './judge.ts';
import { accountId, endId, transferId } from './names.ts';
import {
  expiresAtUs,
  postedAmount,
  stateOf,
  type Instruction,
  type Group,
  type TransferRow,
} from './transfer.ts';

const TENANT = 'ten_1';
const HOUR_US = 3_600_000_000;
const account = (code: string): string => accountId(TENANT, code);
const ids = { account, transfer: (name: string) => transferId(TENANT, name) };

/** Accounts and transfers in memory, with `judge` between them: the room without its database. */
function createHarness(definitions = MODEL_ACCOUNTS) {
  const accounts = new Map<string, LockedAccount>();
  for (const definition of definitions) {
    const id = account(definition.code);
    const fixed = {
      home: 0,
      id,
      tenantId: TENANT,
      clientId: null,
      createdAtUs: 0,
      isClosed: false,
      lastAtUs: null,
    };
    accounts.set(id, { ...NO_LIMITS, ...NO_BALANCES, ...fixed, ...definition });
  }
  const transfers = new Map<string, TransferRow>();
  let atUs = 1;
  let made = 0;

  function apply(groups: readonly (readonly Instruction[])[], tenantId = TENANT): Answer[][] {
    atUs += 1;
    const asked: Group[] = groups.map((instructions) => ({ tenantId, instructions }));
    const judged = judge(asked.map(nameGroup), { atUs, accounts, transfers });
    for (const { row, debit, credit } of judged.written) {
      transfers.set(row.id, row);
      for (const { account: of, after } of [debit, credit]) {
        const known = accounts.get(of.id);
        assert(known);
        accounts.set(of.id, { ...known, ...after });
      }
    }
    made += judged.written.length;
    return judged.answers;
  }

  return {
    accounts,
    apply,
    made: () => made,
    close: (code: string) => {
      const row = accounts.get(account(code));
      assert(row);
      accounts.set(row.id, { ...row, isClosed: true });
    },
    wait: (hours: number) => {
      atUs += hours * HOUR_US;
      const overdue = [...transfers.values()].filter((row) => {
        const deadline = expiresAtUs(row);
        return deadline !== null && deadline <= atUs && !transfers.has(endId(row.id));
      });
      apply(overdue.map(({ id }) => [{ do: 'expire', pendingId: id }]));
    },
  };
}

type Harness = ReturnType<typeof createHarness>;

function textOf(answer: Answer): string {
  return answer.ok ? `${stateOf(answer.value)} ${postedAmount(answer.value)}` : answer.refusal;
}

function sumsToZero({ accounts }: Harness): void {
  const sums = new Map<string, bigint>();
  for (const { currency, debitsPending, debitsPosted, creditsPending, creditsPosted } of accounts.values()) {
    for (const [kind, sum] of [
      ['pending', debitsPending - creditsPending],
      ['posted', debitsPosted - creditsPosted],
    ] as const) {
      const name = `${currency} ${kind}`;
      sums.set(name, (sums.get(name) ?? 0n) + sum);
    }
  }
  for (const [name, sum] of sums) assert.equal(sum, 0n, `I1: ${name} sums to zero`);
}

function sameBalances(harness: Harness, model: ReturnType<typeof createModel>): void {
  for (const { code } of MODEL_ACCOUNTS) {
    const row = harness.accounts.get(account(code));
    assert(row);
    const { debitsPending: dp, debitsPosted: d, creditsPending: cp, creditsPosted: c } = row;
    assert.deepEqual({ dp, d, cp, c }, model.totals(code), code);
  }
}

test('I1, S21: answers and balances are those of a ledger on paper, whatever is asked', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(steps, (all: Step[]) => {
      const harness = createHarness();
      const model = createModel(MODEL_ACCOUNTS);
      const before: (readonly (readonly Asked[])[])[] = [];
      for (const step of all) {
        if (step.kind === 'wait') {
          model.wait(step.hours);
          harness.wait(step.hours);
        } else if (step.kind === 'close') {
          model.close(step.code);
          harness.close(step.code);
        } else {
          const groups = step.kind === 'apply' ? step.groups : (before.at(-step.back) ?? []);
          before.push(groups);
          const expected = groups.map((group) => model.apply(group));
          const answers = harness.apply(groups.map((group) => group.map((each) => instructionOf(each, ids))));
          const said = answers.map((group) => group.map(textOf));
          assert.deepEqual(said, expected);
          for (const text of said.flat()) {
            const [kind = ''] = text.split(' ');
            seen.set(kind, (seen.get(kind) ?? 0) + 1);
          }
        }
        sameBalances(harness, model);
        sumsToZero(harness);
      }
    }),
    { numRuns: 1_000, seed: 4 },
  );
  // What was never met was never tested.
  for (const kind of ['pending', 'posted', 'voided', 'expired', 'linked_refused', 'transfer_differs'])
    assert((seen.get(kind) ?? 0) > 5, `${kind} was met ${seen.get(kind) ?? 0} times`);
  for (const refusal of ['debits_exceed_credits', 'credits_exceed_debits', 'below_minimum', 'above_maximum'])
    assert((seen.get(refusal) ?? 0) > 20, `${refusal} was met ${seen.get(refusal) ?? 0} times`);
  for (const refusal of [
    'already_posted',
    'already_voided',
    'already_expired',
    'exceeds_pending',
    'account_closed',
  ])
    assert((seen.get(refusal) ?? 0) > 5, `${refusal} was met ${seen.get(refusal) ?? 0} times`);
});

const move = (as: string, from: string, to: string, amount: bigint): Instruction => ({
  do: 'transfer',
  externalId: as,
  debitAccountId: account(from),
  creditAccountId: account(to),
  amount: { minor: amount, currency: 'EUR' },
  kind: 'payment',
});

test('S21: a total never grows beyond what a column holds', () => {
  const harness = createHarness();
  const [first] = harness.apply([[move('a', 'cash', 'buyer', MINOR_MAX)]]);
  assert.equal(first?.[0]?.ok, true);
  const [second] = harness.apply([[move('b', 'cash', 'shop', 1n)]]);
  assert.deepEqual(second?.map(textOf), ['balance_overflow']);
  sumsToZero(harness);
});

test('S14: accounts and transfers of another tenant are not there', () => {
  const harness = createHarness();
  harness.apply([
    [{ ...move('a', 'cash', 'buyer', 5n), do: 'transfer', pending: { timeoutMs: null } } as Instruction],
  ]);
  const other = harness.apply(
    [
      [move('b', 'cash', 'buyer', 1n)],
      [{ do: 'post', pendingId: ids.transfer('a') }],
      [{ do: 'void', pendingId: ids.transfer('a') }],
    ],
    'ten_2',
  );
  assert.deepEqual(other.flat().map(textOf), ['unknown_account', 'unknown_transfer', 'unknown_transfer']);
  const nonsense = harness.apply([
    [{ do: 'post', pendingId: 'no id' }],
    [{ do: 'void', pendingId: endId(ids.transfer('a')) }],
  ]);
  assert.deepEqual(nonsense.flat().map(textOf), ['unknown_transfer', 'unknown_transfer']);
});

test('a refused group leaves nothing behind, and what stood before it stands', () => {
  const harness = createHarness();
  const answers = harness.apply([
    [move('a', 'cash', 'buyer', 50n)],
    [move('b', 'buyer', 'cash', 40n), move('c', 'buyer', 'cash', 20n)],
    [move('d', 'buyer', 'cash', 50n)],
  ]);
  assert.deepEqual(
    answers.map((group) => group.map(textOf)),
    [['posted 50'], ['linked_refused', 'debits_exceed_credits'], ['posted 50']],
  );
  assert.equal(harness.made(), 2);
});
