/**
 * What a peer hears that sends nonsense: a raw socket against the simulated operator, which reads by the same
 * wire.
 */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { openSmsc, type Smsc } from '../../../sim/smsc.ts';
import { createFramer } from './framer.ts';
import { decodePdu, encodePdu, type Pdu } from './pdu.ts';
import { STATUS } from './table.ts';

const ACCOUNTS = [{ systemId: 'gate', password: 'secret' }];
const BIND = encodePdu({
  command: 'bind_transceiver',
  sequence: 1,
  body: { system_id: 'gate', password: 'secret', interface_version: 0x34 },
});

/** Sends the octets and reads until `count` PDUs came or the other side hung up. */
async function exchange(
  smsc: Smsc,
  octets: Buffer,
  count: number,
): Promise<{ pdus: Pdu[]; hungUp: boolean }> {
  const socket: Socket = connect(smsc.port, '127.0.0.1');
  const framer = createFramer();
  const pdus: Pdu[] = [];
  const hungUp = await new Promise<boolean>((resolve) => {
    socket.on('error', () => resolve(true)).on('close', () => resolve(true));
    socket.on('data', (chunk) => {
      framer.push(chunk, (frame) => {
        const decoded = decodePdu(frame);
        assert.ok(decoded.ok);
        pdus.push(decoded.value);
      });
      if (pdus.length >= count) resolve(false);
    });
    socket.write(octets);
  });
  socket.destroy();
  return { pdus, hungUp };
}

test('S20: an unknown command gets generic_nack, a broken one its own response, and the stream goes on', async () => {
  await using smsc = await openSmsc({ port: 0, accounts: ACCOUNTS });
  const unknown = Buffer.from('00000010000000770000000000000009', 'hex');
  const broken = encodePdu({ command: 'submit_sm', sequence: 10, body: { destination_addr: '41791234567' } });
  broken[broken.length - 1] = 200;
  const unknownResponse = Buffer.from('00000010800000770000000000000009', 'hex');
  const enquire = encodePdu({ command: 'enquire_link', sequence: 11 });
  const { pdus } = await exchange(smsc, Buffer.concat([BIND, unknown, broken, unknownResponse, enquire]), 4);
  assert.deepEqual(
    pdus.map(({ command, status, sequence }) => [command, status, sequence]),
    [
      ['bind_transceiver_resp', STATUS.ESME_ROK, 1],
      ['generic_nack', STATUS.ESME_RINVCMDID, 9],
      ['submit_sm_resp', STATUS.ESME_RINVMSGLEN, 10],
      ['enquire_link_resp', STATUS.ESME_ROK, 11],
    ],
  );
});

test('S20: a length out of bounds is answered with generic_nack and the connection ends', async () => {
  await using smsc = await openSmsc({ port: 0, accounts: ACCOUNTS });
  const { pdus, hungUp } = await exchange(smsc, Buffer.concat([BIND, Buffer.alloc(32, 0xff)]), 3);
  assert.equal(hungUp, true);
  assert.deepEqual(
    pdus.map(({ command, status }) => [command, status]),
    [
      ['bind_transceiver_resp', STATUS.ESME_ROK],
      ['generic_nack', STATUS.ESME_RINVCMDLEN],
    ],
  );
});

test('a submit_sm without a bind, a wrong password and a second bind are refused', async () => {
  await using smsc = await openSmsc({ port: 0, accounts: ACCOUNTS });
  const submit = encodePdu({ command: 'submit_sm', sequence: 2, body: { destination_addr: '4179' } });
  const wrong = encodePdu({
    command: 'bind_transceiver',
    sequence: 3,
    body: { system_id: 'gate', password: 'no' },
  });
  const { pdus } = await exchange(smsc, Buffer.concat([submit, wrong, BIND, BIND]), 4);
  assert.deepEqual(
    pdus.map(({ status }) => status),
    [STATUS.ESME_RINVBNDSTS, STATUS.ESME_RINVPASWD, STATUS.ESME_ROK, STATUS.ESME_RALYBND],
  );
  assert.equal(smsc.counts.taken, 0);
});
