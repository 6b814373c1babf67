/**
 * Reads a time-stamp token (RFC 3161 section 2.4.2): CMS signed data (RFC 5652) around a TSTInfo, and takes
 * out what is judged in verify.ts. Nothing here says whether the token is genuine.
 *
 *   ContentInfo ─▶ SignedData ─┬─ certificates
 *                              ├─ TSTInfo (the signed content: imprint, time, serial number, nonce)
 *                              └─ one SignerInfo ─ signed attributes: content type, digest, certificate id
 */
import { X509Certificate } from 'node:crypto';
import * as asn1 from 'asn1js';
import * as pki from 'pkijs';
import { toHex } from '../../std/bytes.ts';
import { isoTime } from '../../std/clock.ts';
import { ok, refuse, type Result } from '../../std/result.ts';
import { checkDer } from './der.ts';

const TOKEN_MAX_BYTES = 64 * 1024;
const CERTIFICATES_MAX = 16;

export const OID = {
  signedData: '1.2.840.113549.1.7.2',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const;

export type Refusal = 'bad_time_stamp';

export type TstInfo = {
  readonly policy: string;
  readonly imprint: { readonly algorithm: string; readonly digest: Uint8Array };
  /** In hexadecimal. */
  readonly serial: string;
  readonly timeMs: number;
  readonly accuracyMs: number | null;
  /** Its bytes as a signed integer; null when there is none. */
  readonly nonce: Uint8Array | null;
};

export type Signer = {
  readonly digestAlgorithm: string;
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
  /** Each attribute's single value, by its object identifier. */
  readonly attributes: ReadonlyMap<string, asn1.AsnType>;
  /** The bytes that were signed: the attributes as a SET OF (RFC 5652 section 5.4). */
  readonly signedBytes: Uint8Array;
};

export type Certificate = {
  readonly der: Uint8Array;
  /** For names, keys, times and signatures. */
  readonly x509: X509Certificate;
  readonly extensions: readonly pki.Extension[];
};

export type Token = {
  readonly info: TstInfo;
  readonly content: Uint8Array;
  readonly signer: Signer;
  readonly certificates: readonly Certificate[];
};

export function readToken(der: Uint8Array): Result<Token, Refusal> {
  const root = readDer(der, 'The token');
  if (!root.ok) return root;
  return attempt('the token', () => {
    const outer = new pki.ContentInfo({ schema: root.value });
    if (outer.contentType !== OID.signedData) return bad('The token is no CMS signed data.');
    const tree = outer.content as asn1.Sequence;
    const certificates = readCertificates(tree);
    if (!certificates.ok) return certificates;
    const signed = new pki.SignedData({ schema: tree });
    const { eContentType, eContent } = signed.encapContentInfo;
    if (eContentType !== OID.tstInfo) return bad('What the token signs is no TSTInfo.');
    if (!(eContent instanceof asn1.OctetString)) return bad('The token holds no content.');
    const content = Buffer.from(eContent.valueBlock.valueHexView);
    const info = readInfo(content);
    if (!info.ok) return info;
    const [signerInfo, ...others] = signed.signerInfos;
    if (!signerInfo || others.length > 0) return bad('The token must have exactly one signer.');
    const signer = readSigner(signerInfo);
    if (!signer.ok) return signer;
    return ok({ info: info.value, content, signer: signer.value, certificates: certificates.value });
  });
}

/** Reads a certificate; `where` begins the sentence of a refusal. */
export function readCertificate(der: Uint8Array, where: string): Result<Certificate, Refusal> {
  const root = readDer(der, where);
  if (!root.ok) return root;
  return attempt(where, () => {
    const { extensions = [] } = new pki.Certificate({ schema: root.value });
    const ids = extensions.map(({ extnID }) => extnID);
    if (new Set(ids).size < ids.length) return bad(`${where} has an extension twice.`);
    const copy = Buffer.from(der);
    return ok({ der: copy, x509: new X509Certificate(copy), extensions });
  });
}

/** The set is read by hand, for the bytes of each certificate are needed as they were sent. */
function readCertificates(signedData: asn1.Sequence): Result<Certificate[], Refusal> {
  const set = signedData.valueBlock.value.find(
    ({ idBlock }) => idBlock.tagClass === 3 && idBlock.tagNumber === 0,
  );
  const items = set instanceof asn1.Constructed ? set.valueBlock.value : [];
  if (items.length > CERTIFICATES_MAX)
    return bad(`The token has more than ${CERTIFICATES_MAX} certificates.`);
  const certificates: Certificate[] = [];
  for (const [i, item] of items.entries()) {
    // Other kinds of certificates (attribute certificates) are of no use here.
    if (!(item instanceof asn1.Sequence)) continue;
    const read = readCertificate(item.valueBeforeDecodeView, `Certificate ${i + 1} of the token`);
    if (!read.ok) return read;
    certificates.push(read.value);
  }
  return ok(certificates);
}

function readInfo(content: Uint8Array): Result<TstInfo, Refusal> {
  const root = readDer(content, 'The TSTInfo');
  if (!root.ok) return root;
  const tree = root.value as asn1.Sequence;
  return attempt('the TSTInfo', () => {
    const time = tree.valueBlock.value[4];
    const timeMs = time instanceof asn1.GeneralizedTime ? timeOf(time) : null;
    if (timeMs === null) return bad('The TSTInfo has no time in UTC as RFC 3161 writes it.');
    const info = new pki.TSTInfo({ schema: tree });
    if (info.version !== 1) return bad(`The TSTInfo has version ${info.version}, not 1.`);
    if (info.extensions?.some(({ critical }) => critical)) {
      return bad('The TSTInfo has a critical extension that is not known here.');
    }
    const { hashAlgorithm, hashedMessage } = info.messageImprint;
    const { seconds = 0, millis = 0, micros = 0 } = info.accuracy ?? {};
    return ok({
      policy: info.policy,
      imprint: {
        algorithm: hashAlgorithm.algorithmId,
        digest: Buffer.from(hashedMessage.valueBlock.valueHexView),
      },
      serial: toHex(Buffer.from(info.serialNumber.valueBlock.valueHexView)),
      timeMs,
      accuracyMs: info.accuracy ? seconds * 1000 + millis + micros / 1000 : null,
      nonce: info.nonce ? Buffer.from(info.nonce.valueBlock.valueHexView) : null,
    });
  });
}

function readSigner(info: pki.SignerInfo): Result<Signer, Refusal> {
  if (!info.signedAttrs) return bad('The signer has no signed attributes.');
  const attributes = new Map<string, asn1.AsnType>();
  for (const { type, values } of info.signedAttrs.attributes) {
    const [value, ...more] = values as asn1.AsnType[];
    if (attributes.has(type) || !value || more.length > 0) {
      return bad(`The signed attribute ${type} must be there once, with one value.`);
    }
    attributes.set(type, value);
  }
  return ok({
    digestAlgorithm: info.digestAlgorithm.algorithmId,
    signatureAlgorithm: info.signatureAlgorithm.algorithmId,
    signature: Buffer.from(info.signature.valueBlock.valueHexView),
    attributes,
    signedBytes: Buffer.from(info.signedAttrs.encodedValue),
  });
}

const TIME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d*[1-9]))?Z$/;

/** YYYYMMDDhhmmss[.s...]Z (RFC 3161 section 2.4.2), cut to milliseconds; null for any other spelling. */
function timeOf(time: asn1.GeneralizedTime): number | null {
  const text = Buffer.from(time.valueBeforeDecodeView).toString('latin1').slice(2);
  const [whole, year, month, day, hour, minute, second, fraction = ''] = TIME.exec(text) ?? [];
  if (whole === undefined) return null;
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute));
  const timeMs = ms + Number(second) * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'));
  const same = isoTime(timeMs).replace(/\D/g, '').startsWith(text.slice(0, 14));
  return same ? timeMs : null;
}

/** Checks the frame and reads the tree. The bytes are copied, for the library keeps views of them. */
export function readDer(der: Uint8Array, where: string): Result<asn1.AsnType, Refusal> {
  if (der.length > TOKEN_MAX_BYTES) return bad(`${where} has more than ${TOKEN_MAX_BYTES} bytes.`);
  const frame = checkDer(der);
  if (!frame.ok) return bad(`${where} is no DER, ${frame.detail ?? ''}.`);
  return attempt(where, () => {
    const { offset, result } = asn1.fromBER(Uint8Array.from(der).buffer, { parseEmbedded: false });
    return offset === der.length ? ok(result) : bad(`${where} cannot be read: ${result.error}.`);
  });
}

/** The libraries throw for every kind of malformed input; here each of them is a refusal that says where. */
export function attempt<T, R extends string>(
  where: string,
  read: () => Result<T, R>,
): Result<T, R | Refusal> {
  try {
    return read();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return bad(`${where[0]?.toUpperCase()}${where.slice(1)} is malformed (${why}).`);
  }
}

export function bad(detail: string): Result<never, Refusal> {
  return refuse('bad_time_stamp', { detail });
}
