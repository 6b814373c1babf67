/** Our ESME against an SMSC on Net::SMPP (Debian libnet-smpp-perl), which shares no line of code with us. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import type { DeliveryReceipt } from '../../src/gateway/channel.ts';
import { createSmppChannel } from '../../src/gateway/smpp/channel.ts';
import { parseSmppUrl } from '../../src/gateway/smpp/url.ts';
import { decodeGsm } from '../../src/gateway/sms/gsm.ts';
import { decodeUcs2, readUserData } from '../../src/gateway/sms/segment.ts';
import { createLog } from '../../src/std/log.ts';
import { startPeer, until, type Peer } from './process.ts';

const SMSC = fileURLToPath(new URL('smsc.pl', import.meta.url));
const TO = '+41791234567';

type Submitted = { head: string; validity: string; octets: Buffer };

/** The submit_sm that the peer printed: everything before the validity, and the octets of the message. */
function submits(peer: Peer): Submitted[] {
  return peer.lines
    .filter((line) => line.startsWith('submit '))
    .map((line) => {
      const words = line.split(' ');
      const octets = Buffer.from(words.at(-1) ?? '', 'hex');
      return { head: words.slice(1, -2).join(' '), validity: words.at(-2) ?? '', octets };
    });
}

test('Net::SMPP takes our bind, GSM, UCS-2 and long texts, and its receipts find their messages', async () => {
  await using peer = startPeer('perl', [SMSC]);
  await until('the peer listens', () => peer.lines.some((line) => line.startsWith('port ')), peer);
  const port = peer.lines[0]?.slice('port '.length);
  const url = parseSmppUrl(`smpp://gate:secret@127.0.0.1:${port}?sourceAddr=Bank`);
  assert.ok(url.ok);
  const receipts: DeliveryReceipt[] = [];
  const references: string[] = [];
  const long = `${'Order of EUR 312.40 to Acme. '.repeat(8)}€`;
  {
    await using channel = createSmppChannel({ urls: [url.value], log: createLog({ level: 'silent' }) });
    channel.onReceipt(async (receipt) => void receipts.push(receipt));
    await until('the bind', () => channel.isUp(), peer);
    for (const text of ['Pay {EUR} 312.40 to Acme', 'Заказ 312.40 EUR', long]) {
      const message = { dispatchId: 'dsp_1', to: TO, text, validityMs: 300_500 };
      const delivery = await channel.deliver(message, new AbortController().signal);
      assert.equal(delivery.outcome, 'accepted', JSON.stringify(delivery));
      references.push(delivery.outcome === 'accepted' ? delivery.reference : '');
    }
    await until('three receipts', () => receipts.length === 3, peer);
  }
  await until('the unbind', () => peer.lines.includes('unbind'), peer);

  assert.ok(peer.lines.includes('bind gate secret 52'), peer.lines.join('\n'));
  const [gsm, ucs2, ...parts] = submits(peer);
  assert.ok(gsm && ucs2);
  assert.deepEqual([gsm.head, gsm.validity], ['5 Bank 1 41791234567 0 0', '000000000500000R']);
  assert.equal(decodeGsm(gsm.octets), 'Pay {EUR} 312.40 to Acme');
  assert.equal(ucs2.head, '5 Bank 1 41791234567 0 8');
  assert.equal(decodeUcs2(ucs2.octets), 'Заказ 312.40 EUR');
  assert.deepEqual(new Set(parts.map(({ head }) => head)), new Set(['5 Bank 1 41791234567 64 0']));
  const joined = parts.map(({ octets }) => {
    const data = readUserData(octets);
    assert.ok(data.ok && data.value.concatenation?.total === parts.length);
    return decodeGsm(data.value.payload);
  });
  assert.equal(joined.join(''), long);

  // Named in hexadecimal, told in decimal; the two receipts of the long text are one.
  assert.deepEqual(references, ['ABC0', 'ABC1', 'ABC2']);
  assert.deepEqual(
    receipts,
    references.map((reference) => ({ reference, outcome: 'delivered', reason: 'DELIVRD' })),
  );
  assert.equal(peer.lines.filter((line) => line === 'receipt_taken 0').length, 4);
  assert.equal(peer.lines.filter((line) => line === 'enquire_answered').length, 4);
});
