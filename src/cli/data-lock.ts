import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Mistake } from './fail.ts';

const FILE = 'countersign.pid';

/** One process a data folder: two servers on one embedded database would each stop it for the other. */
export async function lockDataFolder(folder: string): Promise<AsyncDisposable> {
  const path = join(folder, FILE);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const holder = await holderOf(folder);
  if (holder !== null) {
    throw new Mistake(
      `Countersign already runs on the data folder ${folder} (process ${holder}). ` +
        'Stop it first, or set COUNTERSIGN_DATA to another folder.',
    );
  }
  await writeFile(path, `${process.pid}\n`, { mode: 0o644 });
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
}

/** Whether a server runs on the data folder now. */
export async function isHeld(folder: string): Promise<boolean> {
  return (await holderOf(folder)) !== null;
}

async function holderOf(folder: string): Promise<number | null> {
  const holder = Number.parseInt(await readFile(join(folder, FILE), 'utf8').catch(() => ''), 10);
  return Number.isInteger(holder) && holder !== process.pid && (await isCountersign(holder)) ? holder : null;
}

/** A killed server leaves its file behind, and its number may belong to another program by now. */
async function isCountersign(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'countersign');
  return command.includes('countersign');
}
