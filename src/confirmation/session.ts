import { equalBytes, sha256, toBase64Url } from '../std/bytes.ts';
import type { Random } from '../std/random.ts';
import { Secret } from '../std/secret.ts';

/**
 * The session on the primary channel, in which alone the code is valid (P1, P5, P7).
 *
 * Its number never comes again and goes into the code. Its secret is handed out once, at opening: whoever
 * brings the code back must hold it too, so a stolen code is worthless elsewhere. Only the secret's digest is
 * stored.
 */
const SESSION_SECRET_BYTES = 24;
/** Begins the secret of a session that is bound to a browser; base64url has no such sign. */
const BOUND = 'own.';

export type SessionSecret = { readonly secret: Secret<string>; readonly hash: Uint8Array };

export function newSessionSecret(random: Random, isBound = false): SessionSecret {
  const text = `${isBound ? BOUND : ''}${toBase64Url(random(SESSION_SECRET_BYTES))}`;
  return { secret: new Secret(text), hash: sha256(text) };
}

/**
 * Whether the session belongs to the browser that it was opened for, so that its secret is never taken from a
 * link: else who opened it could send the link to the person, and have his code without being told it.
 */
export function isBoundSession(secret: string): boolean {
  return secret.startsWith(BOUND);
}

/** Constant time in the secret; any text is a possible claim. */
export function isSessionSecret(claimed: string, hash: Uint8Array): boolean {
  return equalBytes(sha256(claimed), hash);
}

/** Numbers are taken a block at a time; the database gives each block once, so no number comes twice. */
const SESSION_NUMBER_BLOCK = 1000;

export type SessionNumbers = { readonly next: () => Promise<bigint> };

/** `takeBlock` gives the first number of a block of 1,000 that nobody else was given. */
export function createSessionNumbers(takeBlock: () => Promise<bigint>): SessionNumbers {
  let at = 0n;
  let end = 0n;
  let taking: Promise<void> | null = null;

  async function refill(): Promise<void> {
    try {
      at = await takeBlock();
      end = at + BigInt(SESSION_NUMBER_BLOCK);
    } finally {
      taking = null;
    }
  }

  return {
    next: async () => {
      while (at === end) await (taking ??= refill());
      return at++;
    },
  };
}
