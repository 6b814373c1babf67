/**
 * People who send each other registered messages while the server is killed again and again: each writes
 * one, uploads a file to it, confirms it, and its addressee reads it. Whoever gets no answer asks once more
 * what can be asked twice, and gives up what cannot, as people do.
 *
 *   draft ─▶ upload ─▶ sender's code ─▶ registered ─▶ addressee's code ─▶ handed over ─▶ file compared ─▶ the next one
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeIn } from '../../sim/handset.ts';
import type { SmscMessage } from '../../sim/smsc.ts';
import { callApi, type Answer } from '../world.ts';

export type Sent = {
  readonly id: string;
  readonly sender: string;
  readonly addressee: string;
  /** The sender was told that it is registered. */
  registered: boolean;
  /** The addressee was told that it is handed over. */
  handedOver: boolean;
};

export type MessageCallers = {
  readonly sent: readonly Sent[];
  readonly texts: ReadonlyMap<string, readonly SmscMessage[]>;
  /** What a server must never answer, and contents that are not what was sent. */
  readonly faults: readonly string[];
  readonly given: { up: number };
  readonly receive: (message: SmscMessage) => void;
  readonly inFlight: () => number;
  readonly start: () => void;
  readonly stop: () => Promise<void>;
};

export type MessageCallersOptions = {
  readonly url: string;
  readonly apiKey: string;
  readonly count: number;
  readonly random: () => number;
};

const FILE_MAX_BYTES = 3_000_000;
const INSIST_MAX_MS = 40_000;
const CODE_MAX_MS = 20_000;
const AGAIN_MS = 250;
const HEAD = Buffer.from('%PDF-1.7\n');

/** Of one message: there was no last word, so its people leave it as it is. */
class GivenUp extends Error {
  override readonly name = 'GivenUp';
}

export function createMessageCallers({ url, apiKey, count, random }: MessageCallersOptions): MessageCallers {
  const sent: Sent[] = [];
  const texts = new Map<string, SmscMessage[]>();
  const faults: string[] = [];
  const given = { up: 0 };
  let isStopping = false;
  let inFlight = 0;
  let numbers = 0;
  let running: Promise<unknown> = Promise.resolve();
  const authorization = `Bearer ${apiKey}`;

  async function ask(method: string, path: string, body?: unknown): Promise<Answer | null> {
    const answer = await callApi(`${url}${path}`, method, body, { authorization }).catch(() => null);
    if (answer && answer.status >= 500 && answer.status !== 503) {
      faults.push(`${answer.status} ${path} ${answer.text}`);
    }
    return answer?.status === 503 ? null : answer;
  }

  /** For what may be done twice: until there is an answer. */
  async function insist(method: string, path: string, body?: unknown): Promise<Answer> {
    const untilMs = performance.now() + INSIST_MAX_MS;
    while (performance.now() < untilMs) {
      const answer = await ask(method, path, body);
      if (answer) return answer;
      await sleep(AGAIN_MS * (0.5 + random()));
    }
    throw new GivenUp();
  }

  function wanted(answer: Answer | null, status: number): Answer {
    if (answer?.status === status) return answer;
    throw new GivenUp();
  }

  async function upload(path: string, bytes: Buffer): Promise<void> {
    for (let tries = 0; tries < 20; tries++) {
      const answer = await fetch(`${url}${path}/files/1?name=lease.pdf`, {
        method: 'PUT',
        headers: { authorization, 'content-type': 'application/pdf' },
        body: new Uint8Array(bytes),
      }).catch(() => null);
      if (answer?.ok) return;
      if (answer && answer.status >= 500 && answer.status !== 503) faults.push(`${answer.status} upload`);
      await sleep(AGAIN_MS * (0.5 + random()));
    }
    throw new GivenUp();
  }

  /** Opens a session for a code of this number, and brings it back; null when another one must be opened. */
  async function prove(path: string, number: string): Promise<{ id: string; secret: string } | null> {
    const before = texts.get(number)?.length ?? 0;
    const opened = await ask('POST', path, {});
    if (opened?.status !== 201) return null;
    const text = opened.text;
    const id = /"(cnf_[0-9a-z]{26})"/.exec(text)?.[1] ?? '';
    const secret = /"secret":"([^"]+)"/.exec(text)?.[1] ?? '';
    const code = await nextCode(number, before);
    if (code === null) return null;
    const path2 = `/v1/confirmations/${id}/verification`;
    const verified = await insist('POST', path2, { code, session: secret });
    // The answer to the first try may have been lost: then it is over, and confirmed.
    const state =
      verified.status === 200 ? 'confirmed' : (await insist('GET', `/v1/confirmations/${id}`)).body['state'];
    return state === 'confirmed' ? { id, secret } : null;
  }

  async function nextCode(number: string, from: number): Promise<string | null> {
    for (const untilMs = performance.now() + CODE_MAX_MS; performance.now() < untilMs; await sleep(20)) {
      for (const { text } of (texts.get(number) ?? []).slice(from)) {
        const code = codeIn(text);
        if (code !== null) return code;
      }
    }
    return null;
  }

  async function oneMessage(): Promise<void> {
    const sender = `+336${String(20_000_000 + numbers++)}`;
    const addressee = `+336${String(20_000_000 + numbers++)}`;
    const named = { sender: { number: sender }, addressee: { number: addressee }, senderName: 'Ada Sender' };
    const draft = { ...named, subject: 'Notice to quit', text: 'The lease ends.', notifySender: true };
    const made = wanted(await insist('POST', '/v1/messages', draft), 201);
    const message: Sent = {
      id: String(made.body['id']),
      sender,
      addressee,
      registered: false,
      handedOver: false,
    };
    sent.push(message);
    const path = `/v1/messages/${message.id}`;
    const bytes = Buffer.alloc(HEAD.length + Math.floor(random() * FILE_MAX_BYTES), String(random()));
    HEAD.copy(bytes);
    await upload(path, bytes);
    if (!(await prove(`${path}/submission`, sender))) throw new GivenUp();
    message.registered = true;
    for (let tries = 0; tries < 5; tries++) {
      const reading = await prove(`${path}/readings`, addressee);
      if (!reading) continue;
      await read(message, `${path}/readings/${reading.id}`, reading.secret, bytes);
      return;
    }
    throw new GivenUp();
  }

  async function read(message: Sent, path: string, secret: string, bytes: Buffer): Promise<void> {
    wanted(await insist('POST', `${path}/handover`, { session: secret }), 200);
    message.handedOver = true;
    const headers = { authorization, 'countersign-session': secret };
    for (let tries = 0; tries < 20; tries++) {
      const file = await fetch(`${url}${path}/files/1`, { headers }).catch(() => null);
      const got = file?.ok ? await file.arrayBuffer().catch(() => null) : null;
      if (got) {
        if (digest(new Uint8Array(got)) !== digest(bytes)) faults.push(`${message.id}: another content`);
        return;
      }
      await sleep(AGAIN_MS);
    }
    throw new GivenUp();
  }

  async function caller(): Promise<void> {
    while (!isStopping) {
      inFlight++;
      await oneMessage()
        .catch((error: unknown) => {
          if (!(error instanceof GivenUp)) throw error;
          given.up++;
        })
        .finally(() => inFlight--);
      await sleep(random() * 300);
    }
  }

  return {
    sent,
    texts,
    faults,
    given,
    receive: (message) => {
      const own = texts.get(message.to) ?? [];
      texts.set(message.to, own);
      own.push(message);
    },
    inFlight: () => inFlight,
    start: () => {
      running = Promise.all(Array.from({ length: count }, caller));
    },
    stop: async () => {
      isStopping = true;
      await running;
    },
  };
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
