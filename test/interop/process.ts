/** A program of another maker, run as a peer: its lines, and its end together with the test's. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { sleep } from '../../src/std/timer.ts';

export type Peer = AsyncDisposable & {
  /** What it has printed so far, on both outputs. */
  readonly lines: readonly string[];
};

const STOP_MS = 2_000;

export function startPeer(command: string, args: readonly string[]): Peer {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const lines: string[] = [];
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on('line', (line) => lines.push(line));
  }
  const gone = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      lines.push(error.message);
      resolve();
    });
    child.once('exit', () => resolve());
  });
  return {
    lines,
    [Symbol.asyncDispose]: async () => {
      child.stdin.destroy();
      child.kill('SIGTERM');
      const stopped = new AbortController();
      void sleep(STOP_MS, stopped.signal).then(() =>
        stopped.signal.aborted ? false : child.kill('SIGKILL'),
      );
      await gone;
      stopped.abort();
    },
  };
}

/** Waits until the condition is true; fails with what the peer printed when that never comes. */
export async function until(what: string, condition: () => boolean, peer?: Peer): Promise<void> {
  for (let i = 0; i < 3000 && !condition(); i++) await sleep(10);
  assert.ok(condition(), `it never came to this: ${what}\n${(peer?.lines ?? []).slice(-40).join('\n')}`);
}
