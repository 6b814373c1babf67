/**
 * A bank's host as one line of configuration:
 *
 *   iso8583://host:8583?spec=bcd87&connections=2&acquirer=456789&terminal=CSIGN001
 *   iso8583s://...       the same over TLS
 *
 *   option       default      meaning
 *   acquirer     needed       who we are to the bank: up to 11 digits (field 32)
 *   terminal     needed       the terminal that asks where no other is named: up to 8 characters (41)
 *   merchant     COUNTERSIGN  the acceptor where no other is named: up to 15 characters (42)
 *   spec         ascii87      how messages are written: ascii87 or bcd87
 *   header       2            the length in front of each: 2 bytes, or 4 digits
 *   connections  1            TCP connections, each signed on by itself
 *   window       50           messages without an answer, for each connection
 *   timeoutMs    15000        how long an answer may take before its outcome is unknown
 */
import { ok, refuse, type Refused, type Result } from '../std/result.ts';
import type { Header } from './iso8583/framer.ts';
import { SPECS, type SpecName } from './iso8583/specs.ts';

export type BankUrl = {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  readonly spec: SpecName;
  readonly header: Header;
  readonly connections: number;
  readonly window: number;
  readonly timeoutMs: number;
  readonly acquirer: string;
  /** Padded to 8 characters. */
  readonly terminal: string;
  /** Padded to 15 characters. */
  readonly merchant: string;
};

type Malformed = Refused<'malformed_bank_url'>;

const OPTIONS = [
  'acquirer',
  'terminal',
  'merchant',
  'spec',
  'header',
  'connections',
  'window',
  'timeoutMs',
] as const;
const EXAMPLE = 'iso8583://host:8583?acquirer=456789&terminal=CSIGN001';
const PORT = 8583;
const CONNECTIONS_MAX = 32;
const WINDOW_MAX = 1_000;
const TIMEOUT_MAX_MS = 120_000;
const TERMINAL_SIZE = 8;
const MERCHANT_SIZE = 15;

export function parseBankUrl(text: string): Result<BankUrl, 'malformed_bank_url'> {
  const url = URL.parse(text.trim());
  if (url === null || (url.protocol !== 'iso8583:' && url.protocol !== 'iso8583s:')) {
    return malformed(`A bank URL looks like ${EXAMPLE}, or iso8583s:// for TLS.`);
  }
  if (url.hostname === '') return malformed(`The bank URL names no host; it looks like ${EXAMPLE}.`);
  if (url.username !== '' || url.password !== '') {
    return malformed('The bank URL has a user or a password; ISO 8583 knows neither.');
  }
  if ((url.pathname !== '' && url.pathname !== '/') || url.hash !== '') {
    return malformed('The bank URL has a path or a fragment; options follow a question mark.');
  }
  const query = url.searchParams;
  for (const name of query.keys()) {
    if (!(OPTIONS as readonly string[]).includes(name)) {
      return malformed(`The bank URL has an unknown option "${name}"; known are ${OPTIONS.join(', ')}.`);
    }
  }
  const options = parseOptions(query);
  if ('ok' in options) return options;
  return ok({
    tls: url.protocol === 'iso8583s:',
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? PORT : Number(url.port),
    ...options,
  });
}

type Options = Omit<BankUrl, 'tls' | 'host' | 'port'>;

function parseOptions(query: URLSearchParams): Options | Malformed {
  const acquirer = query.get('acquirer') ?? '';
  if (!/^\d{1,11}$/.test(acquirer)) {
    return malformed('The option acquirer of the bank URL is needed: 1 to 11 digits.');
  }
  const terminal = characters(query, 'terminal', TERMINAL_SIZE, '');
  const merchant = characters(query, 'merchant', MERCHANT_SIZE, 'COUNTERSIGN');
  if (typeof terminal !== 'string') return terminal;
  if (typeof merchant !== 'string') return merchant;
  const spec = query.get('spec') ?? 'ascii87';
  if (!isSpecName(spec)) {
    return malformed(`The option spec of the bank URL is one of ${Object.keys(SPECS).join(', ')}.`);
  }
  const header = query.get('header') ?? '2';
  if (header !== '2' && header !== '4')
    return malformed('The option header of the bank URL is 2 for two bytes, or 4 for four digits.');
  const connections = integer(query, 'connections', 1, CONNECTIONS_MAX, 1);
  const window = integer(query, 'window', 1, WINDOW_MAX, 50);
  const timeoutMs = integer(query, 'timeoutMs', 10, TIMEOUT_MAX_MS, 15_000);
  if (typeof connections !== 'number') return connections;
  if (typeof window !== 'number') return window;
  if (typeof timeoutMs !== 'number') return timeoutMs;
  return {
    spec,
    header: header === '2' ? 2 : 4,
    connections,
    window,
    timeoutMs,
    acquirer,
    terminal,
    merchant,
  };
}

function isSpecName(text: string): text is SpecName {
  return Object.hasOwn(SPECS, text);
}

function characters(query: URLSearchParams, name: string, size: number, preset: string): string | Malformed {
  const text = query.get(name) ?? preset;
  if (text.length >= 1 && text.length <= size && /^[\x21-\x7e]+$/.test(text)) return text.padEnd(size);
  return malformed(`The option ${name} of the bank URL is 1 to ${size} visible ASCII characters.`);
}

function integer(
  query: URLSearchParams,
  name: string,
  min: number,
  max: number,
  preset: number,
): number | Malformed {
  const text = query.get(name);
  if (text === null) return preset;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  return malformed(`The option ${name} of the bank URL is a whole number from ${min} to ${max}.`);
}

function malformed(detail: string): Malformed {
  return refuse('malformed_bank_url', { detail });
}
