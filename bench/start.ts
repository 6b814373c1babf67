import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { settingsOf } from './settings.ts';

/** Milliseconds from the start of `countersign serve` on a data folder to its first answer to a client. */
export async function startToAnswer(
  { folder, smppUrl, apiKey }: { folder: string; smppUrl: string; apiKey: string },
  flags: readonly string[],
): Promise<number> {
  const port = await freePort();
  const env = {
    ...process.env,
    ...settingsOf(smppUrl),
    COUNTERSIGN_DATA: folder,
    PORT: String(port),
  };
  const startMs = performance.now();
  const command = fileURLToPath(new URL('../src/cli/countersign.ts', import.meta.url));
  const server = spawn(process.execPath, [...flags, command, 'serve'], { env, stdio: 'inherit' });
  const ended = once(server, 'exit');
  const answer = await firstAnswer(server, `http://127.0.0.1:${port}/v1/confirmations/unknown`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  const tookMs = performance.now() - startMs;
  if (answer.status !== 404) throw new Error(`the first answer was ${answer.status}`);
  server.kill('SIGTERM');
  await ended;
  return tookMs;
}

/** Asks until there is somebody who answers, or the server has ended without. */
async function firstAnswer(server: ChildProcess, url: string, request: RequestInit): Promise<Response> {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}`);
    const answer = await fetch(url, request).catch(() => null);
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function freePort(): Promise<number> {
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}
