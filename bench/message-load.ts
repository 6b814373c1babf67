/**
 * One registered message from its draft to the content in the addressee's hands, over the API: written, its
 * sender's code, its addressee's code, handed over, fetched. Two people for each caller, so that no two codes
 * wait for one phone.
 */
import type { Answer, Caller } from './caller.ts';
import { CONTENT_BYTES } from './message-floor-statements.ts';
import { PEOPLE, personNumber } from './people.ts';
import { textOf, who } from './requests.ts';

const TEXT = 'The lease ends on 31 March. '.repeat(CONTENT_BYTES).slice(0, CONTENT_BYTES);

type NextCode = (number: string) => Promise<string>;

export async function registerOnce(caller: Caller, n: number, nextCode: NextCode): Promise<void> {
  const sender = (2 * n) % PEOPLE;
  const addressee = sender + 1;
  const message = `{"sender":${who(sender)},"addressee":${who(addressee)},"subject":"Notice to quit","text":"${TEXT}"}`;
  const id = textOf(expect(201, await caller.post('/v1/messages', message)), '"id":"');
  const path = `/v1/messages/${id}`;
  await prove(caller, `${path}/submission`, nextCode(personNumber(sender)));
  const reading = await prove(caller, `${path}/readings`, nextCode(personNumber(addressee)));
  const inReading = `${path}/readings/${reading.id}`;
  expect(200, await caller.post(`${inReading}/handover`, `{"session":"${reading.session}"}`));
  const content = await caller.get(`${inReading}/files/0`, `countersign-session: ${reading.session}`);
  if (expect(200, content) !== TEXT) throw new Error('what was handed over is not what was sent');
}

/** Opens a session for a code, and brings it back. */
async function prove(caller: Caller, path: string, arriving: Promise<string>) {
  const opened = expect(201, await caller.post(path, '{}'));
  const confirmation = /"(cnf_[0-9a-z]+)"/.exec(opened)?.[1] ?? '';
  const session = textOf(opened, '"secret":"');
  const body = `{"code":"${await arriving}","session":"${session}"}`;
  expect(200, await caller.post(`/v1/confirmations/${confirmation}/verification`, body));
  return { id: confirmation, session };
}

function expect(status: number, answer: Answer): string {
  if (answer.status === status) return answer.body;
  throw new Error(`answered ${answer.status}: ${answer.body}`);
}
