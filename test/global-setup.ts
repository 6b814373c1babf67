import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPILED_FOLDER } from '../src/std/compiled.ts';
import { openEmbedded, type EmbeddedServer } from '../src/store/embedded.ts';

/**
 * One embedded server for the whole test run; each test file clones its own database from a template in it.
 * The runner loads this module once, before the first test file (see the `test` script in package.json).
 */
let server: EmbeddedServer | null = null;
let folder = '';

export async function globalSetup(): Promise<void> {
  // Each test file is a process of its own, and most of them read the whole server.
  process.env['NODE_COMPILE_CACHE'] ??= COMPILED_FOLDER;
  folder = await mkdtemp(join(tmpdir(), 'countersign-test-'));
  await chmod(folder, 0o755);
  server = await openEmbedded({
    folder,
    settings: { fsync: 'off', synchronous_commit: 'off', max_connections: '200' },
  });
  process.env['COUNTERSIGN_TEST_SERVER'] = JSON.stringify({
    ...server.address,
    password: server.address.password.reveal(),
  });
}

export async function globalTeardown(): Promise<void> {
  await server?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}
