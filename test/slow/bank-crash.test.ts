/**
 * Kill -9 of a process that pays, again and again, while the bank is silent, late, doubled and cut: in the
 * end every question is decided, what was in doubt is undone, and the bank's view is ours (I2, I7, I8, S21).
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Behaviour } from '../../sim/bank-host.ts';
import { sleep } from '../../src/std/timer.ts';
import { assertSameView, openBankPair, settledDown, simCard } from '../bank-pair.ts';
import { seeded } from '../iso8583.ts';
import type { BankChildAsked } from './bank-child.ts';

const CHILD = fileURLToPath(new URL('bank-child.ts', import.meta.url));
const KILLS = 25;
const SEED = 20_260_621;
const MISBEHAVIOURS: readonly Behaviour[] = [
  'silent',
  'lost',
  'late',
  'twice',
  'garbage',
  'cut',
  { code: '96' },
];

test(`I2, I7, I8, S21: ${KILLS} processes killed while they pay leave no debit twice and none in doubt`, async () => {
  const random = seeded(SEED);
  const host = { lateMs: 500, cards: [simCard({ limitMinor: 10n ** 12n })] };
  await using pair = await openBankPair({ host, query: 'timeoutMs=300&connections=2', repeats: false });
  const { password, ...address } = pair.database.address;
  for (let n = 0; n < KILLS; n++) {
    const child = fork(CHILD, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const ended = once(child, 'exit');
    const asked: BankChildAsked = {
      address: { ...address, password: password.reveal() },
      keyRing: pair.keyRingText,
      name: `p${n}`,
    };
    child.send(asked);
    await once(child, 'message');
    for (let i = 0; i < 3; i++) {
      const behaviour = MISBEHAVIOURS[random(MISBEHAVIOURS.length)] ?? 'well';
      pair.host.behave({ behaviour, mti: ['01', '02', '04'][random(3)] ?? '01', times: 1 + random(5) });
    }
    await sleep(300 + random(700));
    child.kill('SIGKILL');
    await ended;
  }
  pair.host.behaveWell();
  await pair.database.advanceClock(60_000);
  await pair.bank.start();
  const rows = await settledDown(pair);
  const kinds = Object.groupBy(rows, ({ kind }) => kind);
  const counts = Object.entries(kinds).map(([kind, found]) => `${kind} ${found?.length}`);
  for (const kind of ['authorise', 'complete', 'reverse', 'undo']) {
    assert.ok((kinds[kind]?.length ?? 0) > KILLS, `too little happened: ${counts.join(', ')}`);
  }
  assert.ok(rows.every(({ kind, state }) => kind !== 'undo' || state === 'acknowledged'));
  await assertSameView(pair);
});
