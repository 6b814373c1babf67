import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { COMMANDS, STATUS, statusName, TLVS, type CommandName, type FieldSpec } from './table.ts';
import { decodePdu, encodePdu, tlv, tlvNumber, tlvText, type Pdu, type PduDraft } from './pdu.ts';

function decode(bytes: Buffer): Pdu {
  const decoded = decodePdu(bytes);
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.detail);
  return decoded.value;
}

function valueOf(field: FieldSpec): fc.Arbitrary<number | string | Uint8Array> {
  if (field.kind === 'int') return fc.nat(255);
  if (field.kind === 'octets') return fc.uint8Array({ maxLength: field.octetsMax });
  const letter = fc.integer({ min: 1, max: 255 }).map((unit) => String.fromCharCode(unit));
  return fc.string({ unit: letter, maxLength: field.octetsMax - 1 });
}

const anyTlv = fc.record({ tag: fc.nat(0xffff), value: fc.uint8Array({ maxLength: 300 }) });

/** Every command with every field filled by the table's own bounds. */
const anyDraft: fc.Arbitrary<PduDraft> = fc
  .constantFrom(...(Object.keys(COMMANDS) as CommandName[]))
  .chain((command): fc.Arbitrary<PduDraft> => {
    const fields: readonly FieldSpec[] = COMMANDS[command].fields;
    const body = Object.fromEntries(fields.map((field) => [field.name, valueOf(field)]));
    const draft: fc.Arbitrary<unknown> = fc.record({
      command: fc.constant(command),
      status: fc.nat(0xffffffff),
      sequence: fc.nat(0xffffffff),
      body: fc.record(body),
      tlvs: fc.array(anyTlv, { maxLength: 4 }),
    });
    return draft as fc.Arbitrary<PduDraft>;
  });

test('every command round-trips with every field and any optional parameters', () => {
  fc.assert(
    fc.property(anyDraft, (draft) => {
      const pdu = decode(encodePdu(draft));
      assert.equal(pdu.command, draft.command);
      assert.equal(pdu.status, draft.status);
      assert.equal(pdu.sequence, draft.sequence);
      assert.deepEqual(plain(pdu.body), plain(draft.body ?? {}));
      assert.deepEqual(pdu.tlvs.map(plain), (draft.tlvs ?? []).map(plain));
    }),
    { numRuns: 1000 },
  );
});

function plain(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : (value as unknown),
    ]),
  );
}

test('the octets of a bind_transceiver are those of the specification', () => {
  const bytes = encodePdu({
    command: 'bind_transceiver',
    sequence: 1,
    body: { system_id: 'smppclient1', password: 'password', interface_version: 0x34 },
  });
  const octets = [
    '0000002a 00000009 00000000 00000001',
    '736d7070636c69656e743100',
    '70617373776f726400',
    '00 34 00 00 00',
  ];
  assert.equal(bytes.toString('hex'), octets.join('').replaceAll(' ', ''));
});

test('numbers of the tables are unique and a status has its name', () => {
  const ids = Object.values(COMMANDS).map((spec) => spec.id);
  assert.equal(new Set(ids).size, ids.length);
  const tags = Object.values(TLVS).map((spec) => spec.tag);
  assert.equal(new Set(tags).size, tags.length);
  assert.equal(statusName(0x58), 'ESME_RTHROTTLED');
  assert.equal(statusName(0x400), '0x00000400');
});

test('optional parameters are read by what the table says of them', () => {
  const bytes = encodePdu({
    command: 'deliver_sm',
    sequence: 7,
    tlvs: [tlv('receipted_message_id', 'a1'), tlv('message_state', 2), tlv('user_message_reference', 515)],
  });
  const { tlvs } = decode(bytes);
  assert.equal(tlvText(tlvs, 'receipted_message_id'), 'a1');
  assert.equal(tlvNumber(tlvs, 'message_state'), 2);
  assert.equal(tlvNumber(tlvs, 'user_message_reference'), 515);
  assert.equal(tlvText(tlvs, 'message_payload'), null);
  const odd = [
    { tag: 0x0427, value: Buffer.from([0, 2]) },
    { tag: 0x001e, value: Buffer.from('a1') },
  ];
  assert.equal(tlvNumber(odd, 'message_state'), null, 'a number of another length is no number');
  assert.equal(tlvText(odd, 'receipted_message_id'), 'a1', 'a missing NUL is forgiven');
});

test('a response that says no may have no body, one that says yes may not', () => {
  const no = Buffer.from('00000010800000040000005800000009', 'hex');
  assert.deepEqual(decode(no), {
    command: 'submit_sm_resp',
    status: 0x58,
    sequence: 9,
    body: { message_id: '' },
    tlvs: [],
  });
  const yes = decodePdu(Buffer.from('00000010800000040000000000000009', 'hex'));
  assert.equal(yes.ok ? '' : yes.path, 'submit_sm_resp.message_id');
});

test('S20: each kind of damage is refused with its path, its octet and the status for the sender', () => {
  const whole = encodePdu({
    command: 'submit_sm',
    sequence: 3,
    body: { source_addr: 'A', destination_addr: '4179', short_message: Buffer.from('hi') },
    tlvs: [tlv('message_payload', Buffer.from('more'))],
  });
  const cases: [string, Buffer, string, number, number][] = [
    ['short', whole.subarray(0, 12), 'header.command_length', 0, STATUS.ESME_RINVCMDLEN],
    ['length', whole.subarray(0, 40), 'header.command_length', 0, STATUS.ESME_RINVCMDLEN],
    ['command', changed(6, 0x77), 'header.command_id', 4, STATUS.ESME_RINVCMDID],
    ['cut text', cutAt(20), 'submit_sm.source_addr', 19, STATUS.ESME_RINVPARLEN],
    ['missing field', cutAt(25), 'submit_sm.destination_addr', 23, STATUS.ESME_RINVPARLEN],
    ['missing octet', cutAt(28), 'submit_sm.esm_class', 28, STATUS.ESME_RINVCMDLEN],
    ['message', changed(37, 200), 'submit_sm.short_message', 37, STATUS.ESME_RINVMSGLEN],
    ['parameter', changed(43, 9), 'submit_sm.message_payload', 40, STATUS.ESME_RINVOPTPARSTREAM],
    ['cut parameter', cutAt(42), 'submit_sm.optional parameter', 40, STATUS.ESME_RINVOPTPARSTREAM],
  ];
  for (const [name, bytes, path, octet, status] of cases) {
    const refused = decodePdu(bytes);
    assert.ok(!refused.ok, name);
    assert.deepEqual([refused.path, refused.octet, refused.status], [path, octet, status], name);
    assert.match(refused.detail ?? '', new RegExp(`^${path} at octet ${octet} `), name);
  }

  function changed(at: number, octet: number): Buffer {
    const bytes = Buffer.from(whole);
    bytes[at] = octet;
    return bytes;
  }

  function cutAt(length: number): Buffer {
    const bytes = Buffer.from(whole.subarray(0, length));
    bytes.writeUInt32BE(length, 0);
    return bytes;
  }
});

test('a text longer than its field is refused in reading and a fault in writing', () => {
  assert.throws(
    () => encodePdu({ command: 'submit_sm', sequence: 1, body: { source_addr: 'x'.repeat(21) } }),
    /source_addr is too long/,
  );
  const bytes = Buffer.alloc(60, 0x41);
  bytes.writeUInt32BE(60, 0);
  bytes.writeUInt32BE(COMMANDS.bind_receiver.id, 4);
  const refused = decodePdu(bytes);
  assert.equal(refused.ok ? '' : refused.path, 'bind_receiver.system_id');
});
