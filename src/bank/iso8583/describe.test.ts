import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe, maskPan } from './describe.ts';
import type { Message } from './message.ts';
import { ASCII_87 } from './specs.ts';

const PAN = '4970101234567890';

const EVERYTHING: Message = {
  mti: '0100',
  fields: {
    2: PAN,
    3: '000000',
    4: '000000031240',
    14: '3012',
    34: PAN,
    35: `${PAN}=30121011234567890`,
    36: `${PAN}=3012`,
    43: { name: 'Acme Cycles'.padEnd(25), city: 'Lyon'.padEnd(13), country: 'FR' },
    44: PAN,
    45: `B${PAN}^SMITH/ALICE^3012`,
    48: { '01': 'ALICE SMITH', '92': '737' },
    52: Buffer.from('0123456789ABCDEF', 'hex'),
    53: '0000000000007370',
    55: [
      { tag: '57', value: Buffer.from(`${PAN}D30120`, 'hex') },
      { tag: '5A', value: Buffer.from(PAN, 'hex') },
      { tag: '9F27', value: Buffer.of(0x80) },
    ],
    62: PAN,
    90: { mti: '0100', stan: '000123', transmitted: '0621120000', acquirer: '1', forwarder: '0' },
    102: PAN,
    127: PAN,
  },
};

test('S8: a log line shows six and four digits of the card, and nothing else of it', () => {
  const line = describe(EVERYTHING, ASCII_87);
  assert.equal(
    line,
    '0100 2=497010******7890 3=000000 4=000000031240 14=[hidden] 34=[hidden] 35=[hidden] 36=[hidden] ' +
      '43=name:Acme Cycles,city:Lyon,country:FR 44=[16] 45=[hidden] 48=92[3],01[11] 52=[hidden] 53=[hidden] ' +
      '55=57[11],5A[8],9F27:80 62=[16] ' +
      '90=mti:0100,stan:000123,transmitted:0621120000,acquirer:1,forwarder:0 102=[hidden] 127=[16]',
  );
  for (const secret of [PAN, '737', '3012', 'SMITH', '0123456789ABCDEF', '123456789']) {
    assert.ok(!line.toUpperCase().includes(secret), secret);
  }
});

test('S8: a number too short for ten digits to be few is hidden whole', () => {
  assert.equal(maskPan('4970101234567890123'), '497010*********0123');
  assert.equal(maskPan('4970101234567'), '497010***4567');
  assert.equal(maskPan('497010123456'), '************');
  assert.equal(maskPan(''), '');
});

test('what the spec does not know is not shown', () => {
  assert.equal(describe({ mti: '0100', fields: { 65: PAN } }, ASCII_87), '0100 65=[hidden]');
});
