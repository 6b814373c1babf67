/**
 * EMV data objects that travel in field 55 (EMV 4.3, Book 3, annex A): names and bounds in bytes. A tag that
 * is not here is taken in any length. What is `shown` says nothing of the card or its holder (S8).
 */
import type { TagSpec } from './spec.ts';

function tag(name: string, min: number, max: number, shown = false): TagSpec {
  return { name, min, max, shown };
}

export const EMV_TAGS: Readonly<Record<string, TagSpec>> = {
  '4F': tag('application identifier, card', 5, 16, true),
  '50': tag('application label', 1, 16),
  '57': tag('track 2 equivalent data', 1, 19),
  '5A': tag('application primary account number', 1, 10),
  '5F20': tag('cardholder name', 2, 26),
  '5F24': tag('application expiration date', 3, 3),
  '5F25': tag('application effective date', 3, 3),
  '5F28': tag('issuer country code', 2, 2, true),
  '5F2A': tag('transaction currency code', 2, 2, true),
  '5F34': tag('application primary account number sequence number', 1, 1),
  '71': tag('issuer script template 1', 0, 128),
  '72': tag('issuer script template 2', 0, 128),
  '82': tag('application interchange profile', 2, 2, true),
  '84': tag('dedicated file name', 5, 16, true),
  '89': tag('authorisation code', 6, 6, true),
  '8A': tag('authorisation response code', 2, 2, true),
  '91': tag('issuer authentication data', 8, 16),
  '95': tag('terminal verification results', 5, 5, true),
  '9A': tag('transaction date', 3, 3, true),
  '9B': tag('transaction status information', 2, 2, true),
  '9C': tag('transaction type', 1, 1, true),
  '9F02': tag('amount, authorised', 6, 6, true),
  '9F03': tag('amount, other', 6, 6, true),
  '9F06': tag('application identifier, terminal', 5, 16, true),
  '9F07': tag('application usage control', 2, 2, true),
  '9F09': tag('application version number', 2, 2, true),
  '9F0D': tag('issuer action code, default', 5, 5, true),
  '9F0E': tag('issuer action code, denial', 5, 5, true),
  '9F0F': tag('issuer action code, online', 5, 5, true),
  '9F10': tag('issuer application data', 0, 32),
  '9F1A': tag('terminal country code', 2, 2, true),
  '9F1E': tag('interface device serial number', 8, 8),
  '9F1F': tag('track 1 discretionary data', 0, 127),
  '9F20': tag('track 2 discretionary data', 0, 127),
  '9F21': tag('transaction time', 3, 3, true),
  '9F26': tag('application cryptogram', 8, 8),
  '9F27': tag('cryptogram information data', 1, 1, true),
  '9F33': tag('terminal capabilities', 3, 3, true),
  '9F34': tag('cardholder verification method results', 3, 3, true),
  '9F35': tag('terminal type', 1, 1, true),
  '9F36': tag('application transaction counter', 2, 2, true),
  '9F37': tag('unpredictable number', 4, 4),
  '9F39': tag('point of service entry mode', 1, 1, true),
  '9F40': tag('additional terminal capabilities', 5, 5, true),
  '9F41': tag('transaction sequence counter', 2, 4, true),
};
