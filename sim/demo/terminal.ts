import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClientCache } from '../../src/client/find.ts';
import type { Config } from '../../src/config.ts';
import { createTerminal, hasTerminal } from '../../src/payment/terminal/manage.ts';
import { systemClock } from '../../src/std/clock.ts';
import { base32 } from '../../src/std/id.ts';
import { systemRandom } from '../../src/std/random.ts';
import { Secret } from '../../src/std/secret.ts';
import type { Sql } from '../../src/store/connection.ts';

/** The payment terminal on the shop's counter: made at the first start, its key kept beside the data. */
export type DemoTerminal = {
  readonly code: string;
  readonly key: Secret<Uint8Array>;
  readonly merchant: string;
  readonly name: string;
};

export type DemoTerminalOptions = {
  readonly sql: Sql;
  readonly config: Config;
  readonly owner: { readonly tenantId: string; readonly clientId: string };
};

type Kept = { readonly code: string; readonly keyHex: string };

const FACE = { merchant: '000001', name: 'Marginalia' } as const;

export async function openDemoTerminal({ sql, config, owner }: DemoTerminalOptions): Promise<DemoTerminal> {
  const path = join(config.dataFolder, 'terminal.json');
  const known = JSON.parse(await readFile(path, 'utf8').catch(() => 'null')) as Kept | null;
  const isThere = known !== null && (await hasTerminal({ sql }, owner.tenantId, known.code));
  const kept = isThere ? known : await make({ sql, config, owner });
  if (kept !== known) await writeFile(path, `${JSON.stringify(kept)}\n`, { mode: 0o600 });
  return { ...FACE, code: kept.code, key: new Secret(new Uint8Array(Buffer.from(kept.keyHex, 'hex'))) };
}

async function make({ sql, config, owner }: DemoTerminalOptions): Promise<Kept> {
  const context = {
    sql,
    keys: config.keys,
    clock: systemClock,
    random: systemRandom,
    clientOf: createClientCache(sql),
  };
  // Codes are of all tenants of a database, in which other demonstrations may be.
  const code = base32(systemRandom(5)).toUpperCase();
  const made = await createTerminal(context, owner, { ...FACE, code, place: 'Paris', language: 'en' });
  if (!made.ok) throw new Error(`The demonstration's terminal was refused: ${made.detail ?? made.refusal}`);
  return { code, keyHex: made.value.key.reveal() };
}
