import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALICE, BRUNO, look, mailScenario, proceed, SUBJECT, TEXT } from './mailbox-kit.ts';

/** Registered messages, the wrong ways: what was mistyped, what is not one's own, what came too late. */
const { at, visit, textAfter, bringCode, signIn, write, send, stateOf, prove } = mailScenario();

test('what is wrong is said, and what was typed stays, with a script and without', async () => {
  const exe = { name: 'tool.pdf', mimeType: 'application/pdf', buffer: Buffer.from('MZ no document') };
  const seen = await visit('wrong');
  await signIn(seen, 'alice', ALICE);
  const plain = await visit('wrong-plain', {
    javaScriptEnabled: false,
    storageState: await seen.context.storageState(),
  });
  for (const { page } of [seen, plain]) {
    const problem = page.getByRole('alert');
    await write({ ...seen, page }, { to: 'nobody here', files: [exe] });
    await proceed({ ...seen, page });
    await problem.getByText('We know nobody by that name').waitFor();
    assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), TEXT);
    assert.equal(await page.getByLabel('Subject').inputValue(), SUBJECT);
    await page.getByLabel('To', { exact: true }).fill('bruno');
    if (page === plain.page) await page.locator('input[type=file]').setInputFiles(exe);
    await proceed({ ...seen, page });
    await problem.getByText('This kind of file cannot be sent').waitFor();
    assert.match(await problem.innerText(), /tool\.pdf/);
  }
  await look(seen, 'file-refused');
  await seen.page.getByRole('button', { name: 'Remove: tool.pdf' }).click();
  await textAfter(ALICE, () => proceed(seen));
  await seen.page.waitForURL(/\/c\//);
  await seen.page.getByRole('button', { name: 'This was not me' }).click();
  await seen.page.getByRole('link', { name: 'Back to Acme Bank' }).click();
  await seen.page.getByRole('heading', { name: 'Not sent' }).waitFor();
  await look(seen, 'rejected');
  await textAfter(ALICE, () => seen.page.getByRole('button', { name: 'Send it: get my code' }).click());
  await textAfter(BRUNO, () => bringCode(seen, ALICE));
  await seen.page.getByRole('heading', { name: 'Waiting for the addressee' }).waitFor();
  await seen.context.close();
  await plain.context.close();
});

test('S14, S19: no link reads, answers or recalls; no other person and no other browser reads', async () => {
  const alice = await visit('alice-recalls');
  const bruno = await visit('bruno-other');
  await signIn(alice, 'alice', ALICE);
  await signIn(bruno, 'bruno', BRUNO);
  const id = await send(alice);
  await prove(bruno, id, BRUNO);
  await bruno.page.getByRole('button', { name: 'Open the message' }).waitFor();
  await look(bruno, 'open');
  const reading = bruno.page.url();
  const message = `${at.mail}/messages/${id}`;
  const tails = ['acceptance', 'refusal', 'handover', 'files/0', 'files/1'];
  const posts = [`${message}/recall`, `${message}/readings`, `${message}/submission`];
  for (const url of [...tails.map((tail) => `${reading}/${tail}`), ...posts]) {
    for (const { page } of [alice, bruno]) await page.request.get(url, { maxRedirects: 0 });
    // A form of another site, and one without its token.
    const headers = { 'sec-fetch-site': 'cross-site' };
    assert.ok([403, 404].includes((await bruno.page.request.post(url, { headers })).status()), url);
    assert.ok([403, 404].includes((await bruno.page.request.post(url)).status()), url);
  }
  assert.equal(await stateOf(id), 'waiting');

  // Alice holds the link but is not the addressee; Bruno's second browser has his sign-in, not this session.
  assert.equal((await alice.page.request.get(reading)).status(), 404);
  const second = await visit('bruno-second');
  await signIn(second, 'bruno', BRUNO);
  assert.equal((await second.page.request.get(reading)).status(), 404);
  await second.page.goto(message);
  assert.doesNotMatch(await second.page.content(), /Termination/);

  await alice.page.goto(message);
  await alice.page.getByRole('link', { name: 'Recall it' }).click();
  await look(alice, 'recall');
  assert.equal(await stateOf(id), 'waiting', 'to be asked is not to do');
  await alice.page.getByRole('button', { name: 'Recall it' }).click();
  await alice.page.getByRole('heading', { name: 'Recalled' }).waitFor();
  await bruno.page.getByRole('button', { name: 'Open the message' }).click();
  await bruno.page.getByRole('heading', { name: 'This reading is over' }).waitFor();
  await look(bruno, 'over');
  assert.equal(await stateOf(id), 'recalled');
  for (const { context } of [alice, bruno, second]) await context.close();
});

test('M2, S2: a reading lasts a quarter of an hour; afterwards a new code opens it, and both are on record', async () => {
  const alice = await visit('alice-again');
  const bruno = await visit('bruno-again');
  await signIn(alice, 'alice', ALICE);
  await signIn(bruno, 'bruno', BRUNO);
  const id = await send(alice);
  await prove(bruno, id, BRUNO);
  await textAfter(ALICE, () => bruno.page.getByRole('button', { name: 'Open the message' }).click());
  await bruno.page.getByText('I give notice of the lease').waitFor();
  const reading = bruno.page.url();
  const { sql } = at.world.database.store;
  await sql`update message_reading set proved_at = proved_at - interval '16 minutes' where message_id = ${id}`;
  await bruno.page.goto(reading);
  await bruno.page.getByRole('heading', { name: 'This reading is over' }).waitFor();
  assert.equal((await bruno.page.request.get(`${reading}/files/0`)).status(), 404);
  await prove(bruno, id, BRUNO);
  await bruno.page.getByRole('button', { name: 'Open the message' }).click();
  await bruno.page.getByText('I give notice of the lease').waitFor();
  await bruno.page.goto(`${at.mail}/messages/${id}`);
  await bruno.page.getByText('You opened it again with a new code').waitFor();
  await look(bruno, 'twice');
  await alice.page.goto(`${at.mail}/messages/${id}`);
  assert.equal(await alice.page.getByText('It was handed over to the addressee').count(), 1);
  await alice.context.close();
  await bruno.context.close();
});

test('M2: content that is not what the sender confirmed is not handed over, and the page says so', async () => {
  const alice = await visit('alice-damaged');
  const bruno = await visit('bruno-damaged');
  await signIn(alice, 'alice', ALICE);
  await signIn(bruno, 'bruno', BRUNO);
  const id = await send(alice);
  const { sql } = at.world.database.store;
  await sql`update message_chunk set sealed = set_byte(sealed, 3, (get_byte(sealed, 3) + 1) % 256)
    where message_id = ${id}`;
  await prove(bruno, id, BRUNO);
  await bruno.page.getByRole('button', { name: 'Open the message' }).click();
  await bruno.page.getByRole('heading', { name: 'It cannot be handed over' }).waitFor();
  await look(bruno, 'damaged');
  assert.equal(await stateOf(id), 'waiting');
  await alice.context.close();
  await bruno.context.close();
});

test('S18: strict headers on every page, none kept in a cache, and a cookie that scripts cannot read', async () => {
  const seen = await visit('headers');
  await signIn(seen, 'alice', ALICE);
  for (const path of ['', '?box=sent', '/new', '/messages/msg_00000000000000000000000000']) {
    const headers = (await seen.page.request.get(`${at.mail}${path}`)).headers();
    const policy = headers['content-security-policy'] ?? '';
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'/, path);
    assert.doesNotMatch(policy, /unsafe|\*/);
    assert.equal(headers['cache-control'], 'no-store', path);
    assert.equal(headers['referrer-policy'], 'no-referrer', path);
  }
  assert.equal((await seen.page.request.get(`${at.origin}/mail/cli_unknown`)).status(), 404);
  const cookies = await seen.context.cookies();
  const cookie = cookies.find(({ name }) => name.startsWith('cs_mail_'));
  assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, 'Lax']);
  await seen.context.close();
});
