import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodePdu, encodePdu, tlv, type Pdu, type Tlv } from './pdu.ts';
import {
  canonicalId,
  formatReceipt,
  idForms,
  MESSAGE_STATES,
  parseReceipt,
  type MessageState,
} from './receipt.ts';

function deliver(text: string, more: { esmClass?: number; tlvs?: Tlv[] } = {}): Pdu<'deliver_sm'> {
  const bytes = encodePdu({
    command: 'deliver_sm',
    sequence: 1,
    body: { esm_class: more.esmClass ?? 4, short_message: Buffer.from(text, 'latin1') },
    tlvs: more.tlvs ?? [],
  });
  const decoded = decodePdu(bytes);
  assert.ok(decoded.ok && decoded.value.command === 'deliver_sm');
  return decoded.value;
}

test('the text form of appendix B and of several operators is read', () => {
  const forms = [
    'id:0123456789 sub:001 dlvrd:001 submit date:0702281424 done date:0702281424 stat:DELIVRD err:007 text:hello',
    'id:0123456789 sub:1 dlvrd:1 submit date:070228142403 done date:070228142405 stat:Delivrd err:007',
    'ID:0123456789 STAT:DELIVERED ERR:007',
    'id:0123456789 done date:0702281424 stat:DELIVRD err:007 text:id:9 stat:UNDELIV',
  ];
  for (const form of forms) {
    assert.deepEqual(
      parseReceipt(deliver(form)),
      { messageId: '0123456789', state: 'DELIVRD', error: '007' },
      form,
    );
  }
});

test('the optional parameters win over the text, and are enough', () => {
  const tlvs = [tlv('receipted_message_id', 'ab12'), tlv('message_state', 5)];
  assert.deepEqual(parseReceipt(deliver('id:7 stat:DELIVRD err:001', { tlvs })), {
    messageId: 'ab12',
    state: 'UNDELIV',
    error: '001',
  });
  const coded = [...tlvs, tlv('network_error_code', Buffer.of(3, 0, 27))];
  assert.deepEqual(parseReceipt(deliver('', { esmClass: 0, tlvs: coded })), {
    messageId: 'ab12',
    state: 'UNDELIV',
    error: '027',
  });
  const payload = [tlv('message_payload', Buffer.from('id:7 stat:EXPIRED err:0'))];
  assert.equal(parseReceipt(deliver('', { tlvs: payload }))?.state, 'EXPIRED');
});

test('a text that a subscriber wrote is no receipt', () => {
  assert.equal(parseReceipt(deliver('id:7 stat:DELIVRD err:000', { esmClass: 0 })), null);
  assert.equal(parseReceipt(deliver('hello', { esmClass: 4 })), null);
  assert.equal(parseReceipt(deliver('id: stat:DELIVRD')), null);
  assert.equal(parseReceipt(deliver('id:7 stat:SOMETHING')), null);
});

test('what is written is read again', () => {
  const states = fc.constantFrom(...(Object.keys(MESSAGE_STATES) as MessageState[]));
  const ids = fc.stringMatching(/^[0-9a-zA-Z-]{1,30}$/);
  fc.assert(
    fc.property(states, ids, (state, messageId) => {
      const text = formatReceipt(
        { messageId, state, error: '001' },
        { submitted: '2611221100', done: '2611221101' },
      );
      assert.deepEqual(parseReceipt(deliver(text)), { messageId, state, error: '001' });
    }),
  );
});

test('an id in decimal and the same id in hexadecimal meet', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n }), (id) => {
      const decimal = id.toString();
      const hex = id.toString(16).toUpperCase().padStart(10, '0');
      assert.ok(idForms(decimal).map(canonicalId).includes(canonicalId(hex)), `${decimal} ${hex}`);
      assert.ok(idForms(hex).map(canonicalId).includes(canonicalId(decimal)), `${hex} ${decimal}`);
    }),
  );
  assert.deepEqual(idForms('msg-7'), ['msg-7']);
  assert.equal(idForms('00AB')[0], '00AB');
});
