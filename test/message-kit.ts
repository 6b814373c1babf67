import assert from 'node:assert/strict';
import type { PolicyInput } from '../src/confirmation/policy.ts';
import { nextCode, numberOf, openedOf, until } from './security-kit.ts';
import { GENEROUS, type Answer, type World as WholeWorld } from './world.ts';

/** What the scenarios of registered messages do again and again, in a world or against another server. */
export type World = Pick<WholeWorld, 'call' | 'handsets' | 'url' | 'apiKey'>;

/** Senders may be named by number, so that a scenario needs no directory. */
export const MESSAGE_POLICY: PolicyInput = {
  ...GENEROUS,
  purposes: { send_message: { callerAddress: true, digits: 10 }, message: { digits: 10 } },
};

let serial = 20_000;

/** A number that no other scenario of this process has. */
export function freshNumber(): string {
  return numberOf(serial++);
}

export type Sent = {
  readonly id: string;
  readonly path: string;
  readonly sender: string;
  readonly addressee: string;
};

export type Writing = {
  readonly sender?: string;
  readonly addressee?: string;
  readonly key?: string;
  readonly more?: object;
};

function headersOf(key: string | undefined): Record<string, string> {
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}

/** A draft with a text. */
export async function write(world: World, options: Writing = {}): Promise<Sent> {
  const { sender = freshNumber(), addressee = freshNumber(), key, more = {} } = options;
  const made = await world.call(
    'POST',
    '/v1/messages',
    {
      sender: { number: sender },
      addressee: { number: addressee },
      senderName: 'Ada Sender',
      subject: 'Notice to quit',
      text: 'The lease ends on 31 March.',
      ...more,
    },
    headersOf(key),
  );
  assert.equal(made.status, 201, made.text);
  const id = String(made.body['id']);
  return { id, path: `/v1/messages/${id}`, sender, addressee };
}

export type Code = { readonly id: string; readonly secret: string; readonly code: string };

/** Asks for a code and waits until it is on the handset. */
async function ask(world: World, path: string, number: string, key?: string): Promise<Code> {
  const arriving = nextCode(world, number);
  const opened = await world.call('POST', path, {}, headersOf(key));
  assert.equal(opened.status, 201, opened.text);
  return { ...openedOf(opened), code: await arriving };
}

export function askSubmission(world: World, sent: Sent, key?: string): Promise<Code> {
  return ask(world, `${sent.path}/submission`, sent.sender, key);
}

export function askReading(world: World, sent: Sent, key?: string): Promise<Code> {
  return ask(world, `${sent.path}/readings`, sent.addressee, key);
}

export function bring(world: World, asked: Code, code = asked.code, key?: string): Promise<Answer> {
  const body = { code, session: asked.secret };
  return world.call('POST', `/v1/confirmations/${asked.id}/verification`, body, headersOf(key));
}

/** Registered: its sender's code was right. */
export async function send(world: World, options: Writing = {}): Promise<Sent> {
  const sent = await write(world, options);
  const verified = await bring(world, await askSubmission(world, sent, options.key), undefined, options.key);
  assert.equal(verified.status, 200, verified.text);
  return sent;
}

/** The addressee has proved himself. */
export async function read(world: World, sent: Sent, key?: string): Promise<Code> {
  const asked = await askReading(world, sent, key);
  const verified = await bring(world, asked, undefined, key);
  assert.equal(verified.status, 200, verified.text);
  return asked;
}

export function inReading(
  world: World,
  sent: Sent,
  reading: Pick<Code, 'id' | 'secret'>,
  what: 'acceptance' | 'refusal' | 'handover',
  key?: string,
): Promise<Answer> {
  const path = `${sent.path}/readings/${reading.id}/${what}`;
  return world.call('POST', path, { session: reading.secret }, headersOf(key));
}

export function fetchFile(
  world: World,
  sent: Sent,
  reading: Pick<Code, 'id' | 'secret'>,
  n: number,
  key = world.apiKey,
): Promise<Response> {
  return fetch(`${world.url}${sent.path}/readings/${reading.id}/files/${n}`, {
    headers: { authorization: `Bearer ${key}`, 'countersign-session': reading.secret },
  });
}

export function putFile(
  world: World,
  sent: Sent,
  n: number,
  type: string,
  body: BodyInit,
  name = 'file.bin',
): Promise<Response> {
  return fetch(`${world.url}${sent.path}/files/${n}?name=${encodeURIComponent(name)}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${world.apiKey}`, 'content-type': type },
    body,
  });
}

export type Event = { name: string; n: number | null; reason: string | null };

export async function eventsOf(world: World, sent: Sent): Promise<Event[]> {
  const seen = await world.call('GET', sent.path);
  assert.equal(seen.status, 200, seen.text);
  return seen.body['events'] as Event[];
}

/** The names of the events of ETSI, in their order. */
export async function storyOf(world: World, sent: Sent): Promise<string[]> {
  const events = await eventsOf(world, sent);
  return events.filter(({ name }) => !name.startsWith('Dispatch')).map(({ name }) => name);
}

/** Waits for an event to be there. */
export async function untilEvent(
  world: World,
  sent: Sent,
  name: string,
  n: number | null = null,
): Promise<Event> {
  return until(`${name} of ${sent.id}`, async () => {
    const events = await eventsOf(world, sent);
    return events.find((event) => event.name === name && (n === null || event.n === n)) ?? null;
  });
}

export async function stateOf(world: World, sent: Sent): Promise<unknown> {
  return (await world.call('GET', sent.path)).body['state'];
}

export function typeOf(answer: Answer): string {
  return String(answer.body['type']).replace('/problems/', '');
}

/** The receipt, once the log has all of its entries. */
export async function receiptOf(world: World, sent: Sent, role: string): Promise<Answer> {
  return until(`the receipt of ${sent.id}`, async () => {
    const receipt = await world.call('GET', `${sent.path}/receipt?role=${role}`);
    return receipt.status === 409 ? null : receipt;
  });
}
