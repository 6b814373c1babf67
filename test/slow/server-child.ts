/** Starts and kills the server process of server-process.ts, and keeps what it said. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { killNow } from './engine.ts';
import { COMPILED_FOLDER } from '../../src/std/compiled.ts';
import type { ServerArguments } from './server-process.ts';

export type ServerChild = AsyncDisposable & {
  /** Of the process that runs; null when none does. */
  readonly pid: () => number | null;
  /** Resolves when it listens; rejects when it ended instead. */
  readonly start: () => Promise<void>;
  /** kill -9, and waits until it is gone. */
  readonly kill: () => Promise<void>;
  /** How often it ended without having been killed. */
  readonly crashes: () => number;
  /** The lines of its log at level error or above, and what it wrote to stderr. */
  readonly complaints: readonly string[];
};

const ENTRY = fileURLToPath(new URL('server-process.ts', import.meta.url));
const ERROR_LEVEL = 50;
const COMPLAINTS_MAX = 1_000;

/** `flags`: of Node, before the file. */
export function createServerChild(given: ServerArguments, flags: readonly string[] = []): ServerChild {
  let child: ChildProcess | null = null;
  let crashes = 0;
  const complaints: string[] = [];
  const complain = (line: string): void => {
    if (complaints.length < COMPLAINTS_MAX) complaints.push(line.slice(0, 600));
  };

  async function start(): Promise<void> {
    const own = spawn(process.execPath, [...flags, ENTRY, JSON.stringify(given)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // It is started again and again.
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILED_FOLDER },
    });
    child = own;
    own.once('exit', (code) => {
      if (child === own) crashes++;
      if (code !== null) complain(`the server ended with exit code ${code}`);
    });
    createInterface(own.stderr).on('line', complain);
    await new Promise<void>((resolve, reject) => {
      createInterface(own.stdout).on('line', (line) => {
        if (line === 'ready') resolve();
        else if (levelOf(line) >= ERROR_LEVEL) complain(line);
      });
      own.once('exit', () => reject(new Error(`the server ended: ${complaints.slice(-5).join('\n')}`)));
    });
  }

  async function kill(): Promise<void> {
    const own = child;
    child = null;
    if (!own?.pid || own.exitCode !== null || own.signalCode !== null) return;
    const gone = once(own, 'exit');
    killNow(own.pid);
    await gone;
  }

  return {
    pid: () => child?.pid ?? null,
    start,
    kill,
    crashes: () => crashes,
    complaints,
    [Symbol.asyncDispose]: kill,
  };
}

function levelOf(line: string): number {
  const level = /"level":(\d+)/.exec(line)?.[1];
  return level === undefined ? 0 : Number(level);
}
