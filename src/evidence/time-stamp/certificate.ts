/**
 * The certificate of a time-stamping authority: whether it may stamp (RFC 3161 section 2.3), and whether it
 * leads to an authority that the reader trusts (RFC 5280 section 6, the part that time-stamping needs).
 *
 *   signer ◀─ issued by ─ intermediates of the token ◀─ issued by ─ a CA that was given
 *
 * Names, times and signatures are judged by OpenSSL, through Node. A path with a critical extension that is
 * not known here (name constraints, say) is refused, as RFC 5280 demands. Revocation is not asked for: a
 * receipt is verified without a network, and whoever verifies is told so.
 */
import { BasicConstraints } from 'pkijs';
import { BitString } from 'asn1js';
import { equalBytes } from '../../std/bytes.ts';
import { ok, refuse, type Result } from '../../std/result.ts';
import { bad, readCertificate, readDer, type Certificate, type Refusal } from './token.ts';

const KEY_USAGE = '2.5.29.15';
const BASIC_CONSTRAINTS = '2.5.29.19';
const CERTIFICATE_POLICIES = '2.5.29.32';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const ANY_PURPOSE = '2.5.29.37.0';
/** Of policies none is demanded, so every one is good. */
const KNOWN = new Set([KEY_USAGE, BASIC_CONSTRAINTS, CERTIFICATE_POLICIES, EXTENDED_KEY_USAGE]);

/** digitalSignature or nonRepudiation, the first two bits (RFC 5280 section 4.2.1.3). */
const SIGNS = 0xc0;
const RSA_BITS_MIN = 2048;
const PATH_LENGTH_MAX = 8;
const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g;
const NAME_LENGTH_MAX = 500;

/** On one line, as "CN=Example TSA, O=Example". */
export function nameOf({ x509 }: Certificate): string {
  return oneLine(x509.subject);
}

export function issuerOf({ x509 }: Certificate): string {
  return oneLine(x509.issuer);
}

function oneLine(name: string | undefined): string {
  return name ? name.replaceAll('\n', ', ').slice(0, NAME_LENGTH_MAX) : 'nobody (it has no name)';
}

/** Reads certificates in PEM, one after the other; what stands between them is a comment (RFC 7468). */
export function readCas(pem: string): Result<Certificate[], 'malformed_ca'> {
  const cas: Certificate[] = [];
  for (const [i, [, base64 = '']] of Array.from(pem.matchAll(PEM)).entries()) {
    const read = readCertificate(Buffer.from(base64, 'base64'), `Certificate ${i + 1}`);
    if (!read.ok) return refuse('malformed_ca', { detail: read.detail ?? '' });
    cas.push(read.value);
  }
  return cas.length > 0 ? ok(cas) : refuse('malformed_ca', { detail: 'There is no certificate in PEM.' });
}

/** Whether this certificate may stamp, at this time (epoch milliseconds). */
export function mayStamp(signer: Certificate, atMs: number): Result<undefined, Refusal> {
  const { x509, extensions } = signer;
  const purposes = extensions.find(({ extnID }) => extnID === EXTENDED_KEY_USAGE);
  const only = x509.keyUsage?.length === 1 && x509.keyUsage[0] === TIME_STAMPING;
  if (!purposes?.critical || !only) {
    return bad(`${nameOf(signer)} is no certificate for time-stamping and nothing else (critical).`);
  }
  const usage = extensions.find(({ extnID }) => extnID === KEY_USAGE);
  if (usage) {
    const bits = readDer(usage.extnValue.valueBlock.valueHexView, 'The key usage');
    if (!bits.ok) return bits;
    const [first = 0] = bits.value instanceof BitString ? bits.value.valueBlock.valueHexView : [];
    if ((first & SIGNS) === 0) return bad(`The key of ${nameOf(signer)} is not for signing.`);
  }
  const { asymmetricKeyType, asymmetricKeyDetails } = x509.publicKey;
  if (asymmetricKeyType?.startsWith('rsa') && (asymmetricKeyDetails?.modulusLength ?? 0) < RSA_BITS_MIN) {
    return bad(`The RSA key of ${nameOf(signer)} has less than ${RSA_BITS_MIN} bits.`);
  }
  if (!isValidAt(signer, atMs)) return bad(`${nameOf(signer)} was not valid at the time of the stamp.`);
  const unknown = unknownCritical(signer);
  return unknown === null
    ? ok()
    : bad(`${nameOf(signer)} has a critical extension not known here: ${unknown}.`);
}

/**
 * Looks for a path of valid certificates from `signer` to one of `cas`, over certificates of the token. Gives
 * the CA, or null. A certificate that is itself among `cas` is its own path.
 */
export function pathToCa(
  signer: Certificate,
  pool: readonly Certificate[],
  cas: readonly Certificate[],
  atMs: number,
): Certificate | null {
  const seen = new Set<Certificate>();
  const visit = (current: Certificate, below: number): Certificate | null => {
    const same = cas.find((ca) => equalBytes(ca.der, current.der));
    if (same) return same;
    const anchor = cas.find((ca) => issued(ca, current, below, atMs));
    if (anchor) return anchor;
    if (below >= PATH_LENGTH_MAX) return null;
    for (const issuer of pool) {
      if (seen.has(issuer) || !issued(issuer, current, below, atMs)) continue;
      seen.add(issuer);
      const found = visit(issuer, below + 1);
      if (found) return found;
    }
    return null;
  };
  return visit(signer, 0);
}

/** Whether `ca` issued `current`, and may have. `below` counts the intermediates that stand under `ca`. */
function issued(ca: Certificate, current: Certificate, below: number, atMs: number): boolean {
  if (!ca.x509.ca || !current.x509.checkIssued(ca.x509)) return false;
  const { keyUsage: purposes } = ca.x509;
  if (purposes && !purposes.includes(TIME_STAMPING) && !purposes.includes(ANY_PURPOSE)) return false;
  const constraints = ca.extensions.find(({ extnID }) => extnID === BASIC_CONSTRAINTS)?.parsedValue;
  const limit = constraints instanceof BasicConstraints ? constraints.pathLenConstraint : undefined;
  if (limit !== undefined && below > Number(limit)) return false;
  return isValidAt(ca, atMs) && unknownCritical(ca) === null && current.x509.verify(ca.x509.publicKey);
}

function isValidAt({ x509 }: Certificate, atMs: number): boolean {
  return x509.validFromDate.getTime() <= atMs && atMs <= x509.validToDate.getTime();
}

function unknownCritical({ extensions }: Certificate): string | null {
  return extensions.find(({ extnID, critical }) => critical && !KNOWN.has(extnID))?.extnID ?? null;
}
