import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Mistake } from './fail.ts';

/** One process a data folder: two servers on one embedded database would each stop it for the other. */
export async function lockDataFolder(folder: string): Promise<AsyncDisposable> {
  const path = join(folder, 'countersign.pid');
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const holder = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10);
  if (Number.isInteger(holder) && holder !== process.pid && (await isCountersign(holder))) {
    throw new Mistake(
      `Countersign already runs on the data folder ${folder} (process ${holder}). ` +
        'Stop it first, or set COUNTERSIGN_DATA to another folder.',
    );
  }
  await writeFile(path, `${process.pid}\n`, { mode: 0o644 });
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
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
