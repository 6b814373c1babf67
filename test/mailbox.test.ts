import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { verifyReceipt } from '../src/evidence/verify.ts';
import {
  ALICE,
  BRUNO,
  CARL,
  DESKTOP,
  idIn,
  look,
  mailScenario,
  PDF,
  PHONE,
  PNG,
  proceed,
  SUBJECT,
  type Visit,
} from './mailbox-kit.ts';

/** Registered messages, the whole story: two persons, two browsers, two phones. */
const { at, visit, textAfter, bringCode, signIn, write, send, stateOf, prove } = mailScenario();

for (const [device, ofAlice, ofBruno] of [
  ['desktop', DESKTOP, PHONE],
  ['phone', PHONE, DESKTOP],
] as const) {
  test(`M2 to M8, U2: written, confirmed, announced, accepted, read, proved (sender at a ${device})`, async () => {
    const alice = await visit(`alice-${device}`, ofAlice);
    const bruno = await visit(`bruno-of-${device}`, ofBruno);
    const subject = `${SUBJECT} (${device})`;

    await alice.page.goto(at.mail);
    await look(alice, 'sign-in');
    await signIn(alice, 'alice', ALICE);
    await look(alice, 'mailbox-before');
    await write(alice, { acceptance: true, files: [PDF, PNG], subject });
    await look(alice, 'compose');
    const asked = await textAfter(ALICE, () => proceed(alice));
    assert.match(asked, /bruno/i, 'M4: her code is for this addressee');
    assert.match(asked, /Termination/, 'and for this subject');
    await alice.page.waitForURL(/\/c\//);
    await look(alice, 'code');
    const notice = await textAfter(BRUNO, () => bringCode(alice, ALICE));
    const id = idIn(alice.page.url());
    await alice.page.getByRole('heading', { name: 'Waiting for the addressee' }).waitFor();
    await look(alice, 'waiting');
    assert.match(notice, /Alice Martin/, 'M8: he is told from whom');
    assert.doesNotMatch(notice, /Termination|lease/i, 'and not what');

    await signIn(bruno, 'bruno', BRUNO, /https?:\S+/.exec(notice)?.[0]);
    await bruno.page
      .getByRole('link', { name: /Alice Martin/ })
      .first()
      .waitFor();
    assert.doesNotMatch(await bruno.page.locator('main').innerText(), /Termination/);
    await look(bruno, 'mailbox');
    await bruno.page.goto(`${at.mail}/messages/${id}`);
    await look(bruno, 'message');
    await prove(bruno, id, BRUNO);
    await bruno.page.getByRole('heading', { name: 'Do you accept this message?' }).waitFor();
    await look(bruno, 'answer');
    const reading = bruno.page.url();
    for (let i = 0; i < 3; i++) assert.equal((await bruno.page.request.get(reading)).status(), 200);
    assert.equal(await stateOf(id), 'waiting', 'S19: looking at it reads nothing');
    await alice.page.getByText('The addressee proved who they are with a code').waitFor();

    await textAfter(ALICE, () => bruno.page.getByRole('button', { name: 'Accept and read' }).click());
    await bruno.page.getByRole('heading', { name: subject }).waitFor();
    await bruno.page.getByText('I give notice of the lease to the end of February.').waitFor();
    const decoded = 'document.querySelector(".picture img").decode()';
    await bruno.page.evaluate(decoded);
    const width = await bruno.page.evaluate('document.querySelector(".picture img").naturalWidth');
    assert.equal(width, 2, 'the picture is in the page');
    await look(bruno, 'content');
    const link = await bruno.page.getByRole('link', { name: 'Download lease.pdf' }).getAttribute('href');
    const file = await bruno.page.request.get(`${at.origin}${link}`);
    assert.deepEqual(await file.body(), PDF.buffer);
    assert.match(file.headers()['content-disposition'] ?? '', /^attachment/);

    await alice.page.getByRole('heading', { name: 'Handed over' }).waitFor();
    await alice.page.getByText('It was handed over to the addressee').waitFor();
    await look(alice, 'handed-over');
    for (const seen of [alice, bruno]) await proofsHold(seen, id);
    await bruno.page.goto(reading);
    await bruno.page.getByText('I give notice of the lease').waitFor();
    await bruno.page.goto(`${at.mail}?box=read`);
    await bruno.page.getByText(subject).waitFor();
    await look(bruno, 'read');
    await bruno.page.getByRole('searchbox').fill('termination');
    await bruno.page.keyboard.press('Enter');
    await bruno.page.getByText(subject).waitFor();
    await alice.page.goto(`${at.mail}?box=sent`);
    await look(alice, 'sent');
    await alice.context.close();
    await bruno.context.close();
  });
}

/** M5, M6: both sides fetch a receipt that verifies offline, and a certificate. */
async function proofsHold({ page, name }: Visit, id: string): Promise<void> {
  const message = `${at.mail}/messages/${id}`;
  const receipt = await untilLogged(() => page.request.get(`${message}/receipt`));
  const verification = await verifyReceipt(await receipt.text());
  assert.ok(verification.ok, `${name}: ${JSON.stringify(verification.lines)}`);
  const certificate = await untilLogged(() => page.request.get(`${message}/certificate`));
  assert.equal(certificate.headers()['content-type'], 'application/pdf');
  assert.equal((await certificate.body()).subarray(0, 5).toString(), '%PDF-');
}

type ApiResponse = Awaited<ReturnType<Page['request']['get']>>;

/** The page says "in a moment" until the log has taken the last entry in. */
async function untilLogged(ask: () => Promise<ApiResponse>): Promise<ApiResponse> {
  for (;;) {
    const answer = await ask();
    if (answer.status() !== 409) return answer;
  }
}

test('U2, M4: all of it without JavaScript, to somebody known by his number only, who refuses', async () => {
  const alice = await visit('alice-plain', { javaScriptEnabled: false });
  const carl = await visit('carl-plain', { javaScriptEnabled: false, viewport: PHONE.viewport });
  await signIn(alice, 'alice', ALICE);
  await write(alice, { to: 'carl@example.org', number: CARL.number, acceptance: true, files: [PDF, PNG] });
  await textAfter(ALICE, () => proceed(alice));
  const notice = await textAfter(CARL, () => bringCode(alice, ALICE));
  assert.match(notice, /Alice Martin/);
  const id = idIn(alice.page.url());
  await alice.page.getByRole('heading', { name: 'Waiting for the addressee' }).waitFor();
  assert.deepEqual(await alice.page.locator('.file-name').allInnerTexts(), [
    'Text of the message',
    'lease.pdf',
    'balcony.png',
  ]);

  await signIn(carl, CARL.number, CARL);
  await prove(carl, id, CARL);
  await textAfter(ALICE, () => carl.page.getByRole('button', { name: 'Refuse it' }).click());
  await carl.page.getByRole('heading', { name: 'You refused it' }).waitFor();
  assert.doesNotMatch(await carl.page.content(), /notice of the lease|Termination/);
  await alice.page.reload();
  await alice.page.getByRole('heading', { name: 'Refused' }).waitFor();
  await alice.page.getByRole('button', { name: 'Sign out' }).click();
  await alice.page.goto(`${at.mail}/messages/${id}`);
  await alice.page.getByLabel('Who are you?').waitFor();
  await alice.context.close();
  await carl.context.close();
});

test('M2: answers that come late, or not at all, leave no old state on the page of the sender', async () => {
  const alice = await visit('alice-late');
  const bruno = await visit('bruno-late');
  await signIn(alice, 'alice', ALICE);
  const id = await send(alice, { acceptance: true, subject: 'Late' });
  await alice.page.getByRole('heading', { name: 'Waiting for the addressee' }).waitFor();
  await signIn(bruno, 'bruno', BRUNO);

  // What is asked for is answered as it was then, and only when all has happened; one answer fails.
  let asked = 0;
  const isHandedOver = Promise.withResolvers<null>();
  await alice.page.route(`**/messages/${id}?*`, async (route) => {
    asked += 1;
    if (asked === 2) return route.fulfill({ status: 503, body: 'busy' });
    const response = await route.fetch();
    const body = await response.text();
    await isHandedOver.promise;
    await route.fulfill({ response, body });
  });
  await prove(bruno, id, BRUNO);
  await bruno.page.getByRole('heading', { name: 'Do you accept this message?' }).waitFor();
  while (asked === 0) await setTimeout(20);
  await textAfter(ALICE, () => bruno.page.getByRole('button', { name: 'Accept and read' }).click());
  await bruno.page.getByRole('heading', { name: 'Late' }).waitFor();
  await setTimeout(1_000);
  isHandedOver.resolve(null);
  await alice.page.getByRole('heading', { name: 'Handed over' }).waitFor();
  await alice.page.getByText('It was handed over to the addressee').waitFor();
  assert.ok(asked >= 3, `asked ${asked} times`);
  await alice.context.close();
  await bruno.context.close();
});
