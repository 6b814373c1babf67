/**
 * A database engine of its own for a slow test, as in production: fsync on, in a folder of its own, with one
 * tenant in it. It can be killed as the power of a machine would kill it, and started again.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, createKey, createTenant } from '../../src/client/manage.ts';
import { writePolicy } from '../../src/confirmation/policy-store.ts';
import type { PolicyInput } from '../../src/confirmation/policy.ts';
import { openStore, type Store } from '../../src/store/connection.ts';
import { openEmbedded, type EmbeddedServer } from '../../src/store/embedded.ts';
import { migrate } from '../../src/store/migrate.ts';

export type Engine = AsyncDisposable & {
  readonly folder: string;
  /** As it was started last. */
  readonly server: () => EmbeddedServer;
  readonly store: Store;
  readonly tenantId: string;
  readonly apiKey: string;
  readonly adminKey: string;
  /** kill -9 of the postmaster, and of its children too when they are not left to notice it themselves. */
  readonly kill: (withChildren: boolean) => void;
  readonly start: () => Promise<void>;
};

export async function openEngine(policy: PolicyInput): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-slow-'));
  await chmod(folder, 0o755);
  let server = await openEmbedded({ folder });
  const store = openStore({ database: server.address });
  await migrate(store.sql);
  const keys = await seed(store, policy);
  return {
    folder,
    server: () => server,
    store,
    ...keys,
    kill: (withChildren) => {
      const children = withChildren ? childrenOf(server.pid) : [];
      for (const pid of [server.pid, ...children]) killNow(pid);
    },
    start: async () => {
      server = await openEmbedded({ folder });
    },
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function seed(
  { sql }: Store,
  policy: PolicyInput,
): Promise<Pick<Engine, 'tenantId' | 'apiKey' | 'adminKey'>> {
  const tenant = await createTenant(sql, 'Test Bank');
  const client = await createClient(sql, tenant.id, {
    name: 'Acme Bank',
    domain: 'bank.example',
    returnOrigins: [],
  });
  if (!client.ok) throw new Error(client.refusal);
  const asked = { tenantId: tenant.id, clientId: client.value.id, label: 'slow' };
  const key = await createKey(sql, { ...asked, scope: 'client' });
  const admin = await createKey(sql, { ...asked, scope: 'admin' });
  if (!key.ok || !admin.ok) throw new Error('the keys of the engine were refused');
  const written = await writePolicy(sql, tenant.id, policy);
  if (!written.ok) throw new Error(written.detail);
  return { tenantId: tenant.id, apiKey: key.value.key.reveal(), adminKey: admin.value.key.reveal() };
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}

export function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself meanwhile.
  }
}
