/** What the shop takes from its machine: time, chance, and secrets that are compared without telling. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export function nowMs(): number {
  return Date.now();
}

/** 32 letters and digits that nobody guesses. */
export function newSecret(): string {
  return randomBytes(24).toString('base64url');
}

export function mac(key: Uint8Array, ...parts: readonly string[]): string {
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url');
}

export function isSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHmac('sha256', 'compare').update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}

/** Calls again and again, one call after the other, and never keeps the process alive. */
export function every(ms: number, call: () => Promise<void>): { stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let stopped = false;
  const plan = (): void => {
    if (stopped) return;
    timer = setTimeout(() => void call().finally(plan), ms);
    timer.unref();
  };
  plan();
  return {
    stop: () => {
      stopped = true;
      if (timer) clearTimeout(timer);
    },
  };
}
