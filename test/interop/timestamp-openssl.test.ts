/**
 * OpenSSL as the peer of our time-stamps, in both directions: it verifies what our receipts hold, and it is
 * the authority that our server asks, over HTTP and with its own configuration.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openTsa } from '../../sim/tsa.ts';
import { parseProof } from '../../src/evidence/proof.ts';
import type { Receipt } from '../../src/evidence/receipt.ts';
import { readCas } from '../../src/evidence/time-stamp/certificate.ts';
import { openReply, timeStampQuery } from '../../src/evidence/time-stamp/protocol.ts';
import { verifyTimeStamp } from '../../src/evidence/time-stamp/verify.ts';
import { verifyReceipt } from '../../src/evidence/verify.ts';
import { sleep } from '../../src/std/timer.ts';
import { GENEROUS, openWorld, type World } from '../world.ts';

const OPENSSL = '/usr/bin/openssl';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-openssl-'));
});
after(() => rmSync(folder, { recursive: true }));

function inFolder(name: string): string {
  return join(folder, name);
}

function openssl(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(OPENSSL, args, { cwd: folder, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

function must(...args: string[]): void {
  const { status, output } = openssl(...args);
  assert.equal(status, 0, `openssl ${args.join(' ')}: ${output}`);
}

function openStampedWorld(environment: Record<string, string>): Promise<World> {
  return openWorld({
    policy: { ...GENEROUS, purposes: { access: { callerAddress: true } } },
    environment: { TSA_INTERVAL_MS: '50', ...environment },
  });
}

/** The receipt of an act that was opened in this world, once it is stamped. */
async function stampedReceipt(world: World): Promise<string> {
  const opened = await world.call('POST', '/v1/confirmations', {
    subscriber: { address: { channel: 'sms', value: '+33639980001' } },
    act: { purpose: 'access', resource: 'Acme intranet' },
  });
  assert.equal(opened.status, 201, opened.text);
  for (;;) {
    const answer = await world.call('GET', `/v1/confirmations/${String(opened.body['id'])}/receipt`);
    const { timestamp } = (answer.status === 200 ? JSON.parse(answer.text) : {}) as Partial<Receipt>;
    if (timestamp?.status === 'stamped') return answer.text;
    await sleep(50);
  }
}

/** Writes the checkpoint and the token of a receipt where OpenSSL finds them. */
function writeParts(receipt: string): void {
  const { records, timestamp } = JSON.parse(receipt) as Receipt;
  const proof = parseProof(records[0]?.proof ?? '');
  assert.ok(proof.ok && timestamp.status === 'stamped');
  writeFileSync(inFolder('checkpoint.txt'), proof.value.checkpoint);
  writeFileSync(inFolder('token.der'), Buffer.from(timestamp.token, 'base64'));
}

test('openssl ts -verify accepts the time-stamp in a receipt, and not for anything else', async () => {
  await using tsa = await openTsa();
  await using world = await openStampedWorld({ TSA_URL: tsa.url });
  writeParts(await stampedReceipt(world));
  writeFileSync(inFolder('sim-ca.pem'), await tsa.caPem());
  const args = ['ts', '-verify', '-in', 'token.der', '-token_in', '-CAfile', 'sim-ca.pem'];
  const verified = openssl(...args, '-data', 'checkpoint.txt');
  assert.match(verified.output, /Verification: OK/);
  assert.equal(verified.status, 0);
  writeFileSync(inFolder('other.txt'), 'another text');
  assert.notEqual(openssl(...args, '-data', 'other.txt').status, 0);
});

type Kind = {
  readonly name: string;
  readonly key: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
};

/** What real authorities differ in. */
const KINDS: readonly Kind[] = [
  {
    name: 'RSA and SHA-256, chain inside, name inside',
    key: ['rsa:2048'],
    settings: { tsa_name: 'yes', ess_cert_id_chain: 'yes', ordering: 'yes' },
  },
  {
    name: 'RSA and SHA-512, certificate named by SHA-1',
    key: ['rsa:3072'],
    settings: { signer_digest: 'sha512', ess_cert_id_alg: 'sha1', accuracy: 'secs:2, millisecs:500' },
  },
  {
    name: 'P-384 and SHA-384, certificate named by SHA-512, fractions of seconds',
    key: ['ec', '-pkeyopt', 'ec_paramgen_curve:secp384r1'],
    settings: { signer_digest: 'sha384', ess_cert_id_alg: 'sha512', clock_precision_digits: '6' },
  },
];

/** A CA, an intermediate and an authority, and the configuration to reply with. */
function makeAuthority({ key, settings }: Kind): void {
  const ca = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n';
  writeFileSync(inFolder('ca.ext'), ca);
  writeFileSync(
    inFolder('tsa.ext'),
    'extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n',
  );
  const request = (name: string): void =>
    must(
      'req',
      '-new',
      '-newkey',
      ...key,
      '-nodes',
      '-subj',
      `/O=Example/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    );
  for (const name of ['root', 'middle', 'tsa']) request(name);
  must(
    'x509',
    '-req',
    '-in',
    'root.csr',
    '-signkey',
    'root.key',
    '-days',
    '9',
    '-extfile',
    'ca.ext',
    '-out',
    'root.pem',
  );
  const issue = (name: string, by: string, extensions: string): void =>
    must(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      `${by}.pem`,
      '-CAkey',
      `${by}.key`,
      '-CAcreateserial',
      '-days',
      '9',
      '-extfile',
      extensions,
      '-out',
      `${name}.pem`,
    );
  issue('middle', 'root', 'ca.ext');
  issue('tsa', 'middle', 'tsa.ext');
  const lines = {
    serial: 'serial',
    signer_cert: 'tsa.pem',
    certs: 'middle.pem',
    signer_key: 'tsa.key',
    signer_digest: 'sha256',
    default_policy: '1.2.3.4.1',
    digests: 'sha256',
    ...settings,
  };
  const text = Object.entries(lines).map(([name, value]) => `${name} = ${value}\n`);
  writeFileSync(inFolder('tsa.cnf'), `[tsa]\ndefault_tsa = own\n[own]\n${text.join('')}`);
  writeFileSync(inFolder('serial'), '01\n');
}

function reply(query: Uint8Array): Uint8Array {
  writeFileSync(inFolder('query.tsq'), query);
  must('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'query.tsq', '-out', 'reply.tsr');
  return readFileSync(inFolder('reply.tsr'));
}

for (const kind of KINDS) {
  test(`we accept what openssl ts -reply makes: ${kind.name}`, () => {
    makeAuthority(kind);
    const message = Buffer.from('log.example\n5\nroot\n');
    const nonce = Uint8Array.of(0x41, 0x42, 0x43);
    const query = timeStampQuery(message, nonce);
    const bytes = reply(query);
    const text = openssl('ts', '-query', '-in', 'query.tsq', '-text').output;
    assert.match(text, /Hash Algorithm: sha256[\s\S]*Nonce: 0x414243[\s\S]*Certificate required: yes/);
    const cas = readCas(readFileSync(inFolder('root.pem'), 'utf8'));
    assert.ok(cas.ok);
    const granted = openReply(bytes, { message, nonce, cas: cas.value });
    assert.ok(granted.ok, granted.ok ? '' : granted.detail);
    const { tsa, issuer, ca, policy } = granted.value.timeStamp;
    assert.deepEqual([tsa, issuer, ca], ['O=Example, CN=tsa', 'O=Example, CN=middle', 'O=Example, CN=root']);
    assert.equal(policy, '1.2.3.4.1');
    assert.ok(!verifyTimeStamp(granted.value.token, Buffer.from('another text')).ok);
  });
}

test('openssl as the authority of a server: its refusal is told, its stamp is in the receipt', async () => {
  makeAuthority({ name: '', key: ['rsa:2048'], settings: { ess_cert_id_chain: 'yes' } });
  const sha512 = timeStampQuery(Buffer.from('x'), Uint8Array.of(1));
  const digest = Buffer.from(sha512).indexOf(Buffer.from('608648016503040201', 'hex'));
  sha512[digest + 8] = 3;
  const refused = openReply(reply(sha512), { message: Buffer.from('x'), nonce: Uint8Array.of(1) });
  assert.ok(!refused.ok && refused.refusal === 'not_granted', JSON.stringify(refused));
  assert.match(refused.detail ?? '', /it does not know the digest/);

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/timestamp-reply' });
      response.end(reply(Buffer.concat(chunks)));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsa`;
    await using world = await openStampedWorld({ TSA_URL: url, TSA_CA: inFolder('root.pem') });
    const receipt = await stampedReceipt(world);
    const root = readFileSync(inFolder('root.pem'), 'utf8');
    const verified = await verifyReceipt(receipt, { tsaCas: root });
    assert.ok(verified.ok && verified.timeStamp.status === 'stamped', JSON.stringify(verified));
    assert.equal(verified.timeStamp.ca, 'O=Example, CN=root');
    writeParts(receipt);
    const args = ['-in', 'token.der', '-token_in', '-CAfile', 'root.pem', '-data', 'checkpoint.txt'];
    assert.match(openssl('ts', '-verify', ...args).output, /Verification: OK/);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
