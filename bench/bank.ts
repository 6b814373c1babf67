/**
 * Messages a second, written and read again, beside npm `iso_8583` on the same authorisation request. Both
 * check every field; ours reads field 43 into its parts as well.
 */
import Iso8583 from 'iso_8583';
import { decode } from '../src/bank/iso8583/decode.ts';
import { encode } from '../src/bank/iso8583/encode.ts';
import type { Message } from '../src/bank/iso8583/message.ts';
import type { Spec } from '../src/bank/iso8583/spec.ts';
import { ASCII_87, BCD_87 } from '../src/bank/iso8583/specs.ts';
import { figure, table } from './stats.ts';

const WARM_MS = 500;
const ROUNDS = 50;
const TURNS = 10;

const TEXTS: Readonly<Record<number, string>> = {
  2: '4970101234567890',
  3: '000000',
  4: '000000031240',
  7: '0621120000',
  11: '000123',
  12: '120000',
  13: '0621',
  14: '3012',
  18: '5999',
  22: '812',
  25: '59',
  32: '456789',
  37: '617200000123',
  41: 'CSIGN001',
  42: 'COUNTERSIGN    ',
  49: '978',
};
const NAME = 'Acme Cycles'.padEnd(25);
const CITY = 'Lyon'.padEnd(13);
const PIN_BLOCK = '0123456789ABCDEF';

const MESSAGE: Message = {
  mti: '0100',
  fields: {
    ...TEXTS,
    43: { name: NAME, city: CITY, country: 'FR' },
    52: Buffer.from(PIN_BLOCK, 'hex'),
  },
};

function ours(spec: Spec): () => void {
  return () => {
    const written = encode(MESSAGE, spec);
    const read = written.ok ? decode(written.value, spec) : written;
    if (!read.ok) throw new Error(read.detail);
  };
}

function theirs(): () => void {
  const fields = { 0: '0100', ...TEXTS, 43: `${NAME}${CITY}FR`, 52: PIN_BLOCK };
  return () => {
    const written = new Iso8583(fields).getBufferMessage();
    if (!Buffer.isBuffer(written)) throw new Error(`iso_8583: ${JSON.stringify(written)}`);
    if (new Iso8583().getIsoJSON(written)[4] !== TEXTS[4]) throw new Error('iso_8583 read another amount');
  };
}

/** Messages in so many milliseconds. */
function done(work: () => void, forMs: number): number {
  let count = 0;
  for (const startMs = performance.now(); performance.now() - startMs < forMs; count += ROUNDS) {
    for (let i = 0; i < ROUNDS; i++) work();
  }
  return count;
}

/** In turns of a tenth of a second, so that what else the machine does falls on all alike. */
export function runCodecBench(seconds: number): void {
  const codecs = [
    { name: 'iso_8583', work: theirs(), count: 0 },
    { name: 'ours, ascii87', work: ours(ASCII_87), count: 0 },
    { name: 'ours, bcd87', work: ours(BCD_87), count: 0 },
  ];
  for (const { work } of codecs) done(work, WARM_MS);
  for (let turn = 0; turn < seconds * TURNS; turn++) {
    for (const codec of codecs) codec.count += done(codec.work, 1000 / TURNS);
  }
  const peer = codecs[0]?.count ?? Number.NaN;
  const rows = codecs.map(({ name, count }) => [name, figure(count / seconds), figure(count / peer, 1)]);
  console.log(
    `\nISO 8583: one message written and read again\n\n${table(['codec', 'a second', 'to iso_8583'], rows)}`,
  );
}
