/**
 * The whole server as a process of its own, over an engine of its own and a simulated operator, to be looked
 * at from outside: what it answers, and how much memory it has.
 */
import { readFile } from 'node:fs/promises';
import { createHandsets } from '../../sim/handset.ts';
import { openSmsc } from '../../sim/smsc.ts';
import type { PolicyInput } from '../../src/confirmation/policy.ts';
import type { World } from '../message-kit.ts';
import { callApi } from '../world.ts';
import { openEngine, type Engine } from './engine.ts';
import { freePort } from '../free-port.ts';
import { createServerChild, type ServerChild } from './server-child.ts';

export type Remote = AsyncDisposable &
  World & {
    readonly engine: Engine;
    readonly server: ServerChild;
    readonly port: number;
  };

/** The flags of Node that `npm start` gives it. */
async function flagsOfStart(): Promise<string[]> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { scripts } = JSON.parse(text) as { scripts: { start: string } };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

export async function openRemote(policy: PolicyInput): Promise<Remote> {
  const stack = new AsyncDisposableStack();
  const engine = stack.use(await openEngine(policy));
  const handsets = createHandsets();
  const smsc = stack.use(await openSmsc({ port: 0, accounts: [{ systemId: 'slow', password: 'secret' }] }));
  smsc.onMessage(handsets.receive);
  const port = await freePort();
  const given = { folder: engine.folder, port, smpp: smsc.url() };
  const server = stack.use(createServerChild(given, await flagsOfStart()));
  await server.start();
  const url = `http://127.0.0.1:${port}`;
  const { apiKey } = engine;
  return {
    engine,
    server,
    handsets,
    port,
    url,
    apiKey,
    call: (method, path, body, headers = {}) =>
      callApi(`${url}${path}`, method, body, { authorization: `Bearer ${apiKey}`, ...headers }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Resident memory in megabytes; null where nothing tells it. */
export async function residentMb(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024);
}
