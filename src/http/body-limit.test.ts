import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openSite, type Site } from '../../test/browser.ts';
import { createLog } from '../std/log.ts';
import { createApp } from './app.ts';

const KB = 1024;
const app = createApp({
  log: createLog({ level: 'silent' }),
  trustedHops: 0,
  asOutage: (error) => error,
  bodyLimits: [
    { method: 'POST', path: '/long', maxBytes: 1024 * KB, tooLarge: (c) => c.text('a page', 413) },
    { method: 'PUT', path: '/files/:id/parts/:n', maxBytes: 256 * KB, streamed: true },
  ],
});
const seen: number[] = [];
app.post('/short', async (c) => c.text(String((await c.req.arrayBuffer()).byteLength)));
app.post('/long', async (c) => c.text(String((await c.req.arrayBuffer()).byteLength)));
app.put('/files/:id/parts/:n', async (c) => {
  seen.length = 0;
  for await (const chunk of c.req.raw.body ?? []) seen.push((chunk as Uint8Array).length);
  return c.text(String(seen.reduce((a, b) => a + b, 0)));
});

let site: Site;
before(async () => {
  site = await openSite(app);
});
after(() => site[Symbol.asyncDispose]());

/** With `chunked` the length is not announced. */
async function send(method: string, path: string, bytes: number, chunked: boolean) {
  const body = Buffer.alloc(bytes, 'a');
  const pieces = Array.from({ length: Math.ceil(bytes / 8192) }, (_, i) =>
    body.subarray(i * 8192, i * 8192 + 8192),
  );
  const stream = new Blob(pieces).stream();
  const answer = await fetch(`${site.origin}${path}`, {
    method,
    ...(chunked ? { body: stream, duplex: 'half' as const } : { body }),
  });
  return { status: answer.status, text: await answer.text() };
}

for (const chunked of [false, true]) {
  const how = chunked ? 'of unknown length' : 'of announced length';

  test(`S20: a body ${how} is taken up to 64 kB`, async () => {
    assert.deepEqual(await send('POST', '/short', 64 * KB, chunked), { status: 200, text: String(64 * KB) });
    const refused = await send('POST', '/short', 64 * KB + 1, chunked);
    assert.equal(refused.status, 413);
    assert.match(refused.text, /at most 64 kB/);
  });

  test(`S20: a route takes what it says of a body ${how}, and answers a longer one in its own words`, async () => {
    const longest = 1024 * KB;
    assert.deepEqual(await send('POST', '/long', longest, chunked), { status: 200, text: String(longest) });
    assert.deepEqual(await send('POST', '/long', longest + 1, chunked), { status: 413, text: 'a page' });
  });

  test(`S20: a route that streams takes what it says of a body ${how}`, async () => {
    const longest = 256 * KB;
    const path = '/files/a/parts/7';
    assert.deepEqual(await send('PUT', path, longest, chunked), { status: 200, text: String(longest) });
    const refused = await send('PUT', path, longest + 8192, chunked);
    assert.equal(refused.status, 413);
    assert.match(refused.text, /at most 256 kB/);
  });
}

test('S20: another method or path of the same shape has the usual limit', async () => {
  assert.equal((await send('POST', '/files/a/parts/7', 65 * KB, false)).status, 413);
  assert.equal((await send('PUT', '/files/a/parts/7/more', 65 * KB, false)).status, 413);
});
