import { readdirSync, readFileSync } from 'node:fs';

/** Processor time of processes, read from /proc; elsewhere it is unknown (NaN). */

/** The kernel counts in hundredths of a second on every Linux that Node runs on. */
const TICK_MS = 10;

type Stat = { parent: number; ownMs: number; reapedMs: number };

/** Milliseconds that a process and its living and reaped children have used so far. */
export function familyCpuMs(pid: number): number {
  try {
    const children = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => statOf(Number(name)))
      .filter((stat) => stat?.parent === pid);
    const own = statOf(pid);
    if (!own) return Number.NaN;
    return children.reduce((sum, child) => sum + (child?.ownMs ?? 0), own.ownMs + own.reapedMs);
  } catch {
    return Number.NaN;
  }
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? Number.NaN : Number(kilobytes) * 1024;
  } catch {
    return Number.NaN;
  }
}

function statOf(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name is in parentheses and may hold anything; what is after it is numbers.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = (from: number): number => Number(fields[from]) + Number(fields[from + 1]);
    return { parent: Number(fields[1]), ownMs: ticks(11) * TICK_MS, reapedMs: ticks(13) * TICK_MS };
  } catch {
    return null;
  }
}
