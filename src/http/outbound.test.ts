import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Outage } from '../std/outage.ts';
import { createOutbound, isPublicAddress, type OutboundRequest, type ResolveName } from './outbound.ts';

const request: OutboundRequest = {
  method: 'GET',
  url: 'https://peer.example/',
  headers: {},
  body: null,
  timeoutMs: 3_000,
  answerMaxBytes: 1_000,
};

function resolving(...addresses: string[]): ResolveName {
  return (_hostname, answer) =>
    answer(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
}

/** A server on loopback that counts who connects. */
async function openPeer(listener: RequestListener = (_request, response) => response.end('secret')) {
  let connections = 0;
  const server = createServer(listener);
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

test('S16: only ordinary public addresses are public', () => {
  const special = [
    '127.0.0.1',
    '127.8.9.10',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '192.0.2.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '240.0.0.1',
    '::',
    '::1',
    'fe80::1',
    'fc00::1',
    'fd12:3456::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
    '',
    'localhost',
    'fe80::1%eth0',
  ];
  for (const address of special) assert.equal(isPublicAddress(address), false, address);
  for (const address of ['1.1.1.1', '8.8.8.8', '2606:4700:4700::1111', '::ffff:8.8.8.8']) {
    assert.equal(isPublicAddress(address), true, address);
  }
});

test('S16: a literal private address is refused in every way of writing it', async () => {
  await using outbound = createOutbound({ allowPrivate: false });
  const hosts = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '017700000001',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '10.0.0.1',
    '169.254.169.254',
    '0',
  ];
  for (const host of hosts) {
    await assert.rejects(outbound.send({ ...request, url: `https://${host}:9/` }), (error) => {
      assert(error instanceof Outage);
      assert.match(error.message, /not a public address/);
      return true;
    });
  }
});

test('S16: a name that resolves to private addresses only is refused, and nothing is connected', async () => {
  await using peer = await openPeer();
  const { port } = peer;
  for (const addresses of [['127.0.0.1'], ['::1', '127.0.0.1'], ['::ffff:127.0.0.1']]) {
    await using outbound = createOutbound({ allowPrivate: false, lookup: resolving(...addresses) });
    await assert.rejects(
      outbound.send({ ...request, url: `https://peer.example:${port}/` }),
      /resolves to no public address/,
    );
  }
  assert.equal(peer.connections(), 0);
  await using allowed = createOutbound({ allowPrivate: true, lookup: resolving('127.0.0.1') });
  const answer = await allowed.send({ ...request, url: `http://peer.example:${port}/` });
  assert.deepEqual([answer.status, answer.body.toString()], [200, 'secret']);
  assert.equal(peer.connections(), 1);
});

test('S16: plain http, other schemes and passwords in the URL are refused', async () => {
  await using outbound = createOutbound({ allowPrivate: false, lookup: resolving('8.8.8.8') });
  for (const url of [
    'http://peer.example/',
    'ftp://peer.example/',
    'file:///etc/passwd',
    'https://me:pw@peer.example/',
    'nonsense',
  ]) {
    await assert.rejects(outbound.send({ ...request, url }), Outage, url);
  }
});

test('a name that does not resolve, and a port where nobody listens, are outages', async () => {
  await using lost = createOutbound({
    allowPrivate: true,
    lookup: (_hostname, answer) => answer(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), []),
  });
  await assert.rejects(lost.send({ ...request, url: 'http://peer.example/' }), Outage);
  await using nobody = createOutbound({ allowPrivate: true });
  await assert.rejects(nobody.send({ ...request, url: 'http://127.0.0.1:1/' }), Outage);
});

test('S16: http goes to private addresses only, also where these are allowed', async () => {
  await using outbound = createOutbound({ allowPrivate: true, lookup: resolving('8.8.8.8') });
  for (const host of ['8.8.8.8', '[2606:4700:4700::1111]', '[::ffff:8.8.8.8]']) {
    await assert.rejects(
      outbound.send({ ...request, url: `http://${host}:9/` }),
      /http goes to private ones only/,
    );
  }
  await assert.rejects(
    outbound.send({ ...request, url: 'http://peer.example:9/' }),
    /resolves to no private address/,
  );
});

test('S16: where http is allowed it goes to public addresses, and still to no private one', async () => {
  await using peer = await openPeer();
  await using outbound = createOutbound({ allowPrivate: false, allowHttp: true });
  await assert.rejects(
    outbound.send({ ...request, url: `http://127.0.0.1:${peer.port}/` }),
    /127\.0\.0\.1 is not a public address/,
  );
  await using named = createOutbound({
    allowPrivate: false,
    allowHttp: true,
    lookup: resolving('127.0.0.1'),
  });
  await assert.rejects(
    named.send({ ...request, url: `http://peer.example:${peer.port}/` }),
    /resolves to no public address/,
  );
  assert.equal(peer.connections(), 0);
  await using open = createOutbound({ allowPrivate: true, allowHttp: true });
  const answer = await open.send({ ...request, url: `http://127.0.0.1:${peer.port}/` });
  assert.equal(answer.status, 200);
});

test('an answer that is discarded may be endless; its status and Retry-After count', async () => {
  await using peer = await openPeer((_request, response) => {
    response.writeHead(503, { 'retry-after': '120' });
    const pour = (): void => {
      if (!response.destroyed) response.write('x'.repeat(10_000), pour);
    };
    pour();
  });
  await using outbound = createOutbound({ allowPrivate: true });
  const url = `http://127.0.0.1:${peer.port}/`;
  const answer = await outbound.send({ ...request, url, discardsBody: true });
  assert.deepEqual([answer.status, answer.retryAfter, answer.body.length], [503, '120', 0]);
  await assert.rejects(outbound.send({ ...request, url }), /more than 1000 bytes/);
});

test('a connection that the peer closed while it was kept is replaced, and nothing is lost', async () => {
  let requests = 0;
  await using peer = await openPeer((incoming, response) => {
    requests++;
    // The second request on a connection finds it closed without an answer, as after a peer's own timeout.
    if (requests === 2) incoming.socket.resetAndDestroy();
    else response.end('here');
  });
  await using outbound = createOutbound({ allowPrivate: true });
  const url = `http://127.0.0.1:${peer.port}/`;
  for (let i = 0; i < 2; i++) {
    const answer = await outbound.send({ ...request, url });
    assert.equal(answer.body.toString(), 'here');
  }
  assert.deepEqual([requests, peer.connections()], [3, 2]);
});
