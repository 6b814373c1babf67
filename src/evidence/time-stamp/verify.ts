/**
 * Judges a time-stamp token (RFC 3161): that it was made over exactly this message, by the holder of the
 * certificate that it names, and that this certificate was for time-stamping and valid at that time. Pure:
 * the time that counts is the one in the token.
 *
 * Without CAs the name in the certificate is the stamper's own word, for anyone can make a certificate;
 * `ca` is then null. With them, a token that leads to none of them is refused.
 */
import { constants, hash, verify, type KeyObject } from 'node:crypto';
import * as asn1 from 'asn1js';
import { equalBytes, sha256 } from '../../std/bytes.ts';
import { ok, type Result } from '../../std/result.ts';
import { issuerOf, mayStamp, nameOf, pathToCa } from './certificate.ts';
import {
  attempt,
  bad,
  OID,
  readToken,
  type Certificate,
  type Refusal,
  type Signer,
  type Token,
} from './token.ts';

export type TimeStamp = {
  /** Epoch milliseconds, as the authority says. */
  readonly timeMs: number;
  /** How far off it may be, as the authority says; null when it says nothing. */
  readonly accuracyMs: number | null;
  /** The subject of the authority's certificate, and its issuer. */
  readonly tsa: string;
  readonly issuer: string;
  /** The token's serial number, in hexadecimal, and the policy under which it was made. */
  readonly serial: string;
  readonly policy: string;
  /** The trusted CA that the certificate leads to; null when none was asked for. */
  readonly ca: string | null;
};

/** Node's names of the digests that may sign. */
const DIGESTS: Readonly<Record<string, string>> = {
  [OID.sha256]: 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
/** For naming a certificate SHA-1 is still in use (RFC 2634, RFC 5816); the signature does not rest on it. */
const SHA1 = '1.3.14.3.2.26';

type Scheme = {
  /** Node's name for the kind of key. */
  readonly key: string;
  /** Absent: the digest that the signer names beside the signature. Null: the signature has its own. */
  readonly digest?: string | null;
  readonly pss?: true;
};

/** RFC 3370, RFC 4056, RFC 5753, RFC 5754, RFC 8419. */
const SCHEMES: Readonly<Record<string, Scheme>> = {
  '1.2.840.113549.1.1.1': { key: 'rsa' },
  '1.2.840.113549.1.1.10': { key: 'rsa', pss: true },
  '1.2.840.113549.1.1.11': { key: 'rsa', digest: 'sha256' },
  '1.2.840.113549.1.1.12': { key: 'rsa', digest: 'sha384' },
  '1.2.840.113549.1.1.13': { key: 'rsa', digest: 'sha512' },
  '1.2.840.10045.4.3.2': { key: 'ec', digest: 'sha256' },
  '1.2.840.10045.4.3.3': { key: 'ec', digest: 'sha384' },
  '1.2.840.10045.4.3.4': { key: 'ec', digest: 'sha512' },
  '1.3.101.112': { key: 'ed25519', digest: null },
};

export type VerifyOptions = {
  /** CAs of which one must stand behind the authority; absent, nobody does. */
  readonly cas?: readonly Certificate[];
  /** The number that the request asked to see again. */
  readonly nonce?: Uint8Array;
};

/** `token` is the DER of a TimeStampToken, `message` what was stamped. */
export function verifyTimeStamp(
  token: Uint8Array,
  message: Uint8Array,
  options: VerifyOptions = {},
): Result<TimeStamp, Refusal> {
  const read = readToken(token);
  if (!read.ok) return read;
  return attempt('the token', () => judge(read.value, message, options));
}

function judge(token: Token, message: Uint8Array, options: VerifyOptions): Result<TimeStamp, Refusal> {
  const { info, signer, certificates } = token;
  if (info.imprint.algorithm !== OID.sha256) return bad('The imprint in the time-stamp is not by SHA-256.');
  if (!equalBytes(info.imprint.digest, sha256(message))) {
    return bad('The time-stamp was made over something else.');
  }
  if (options.nonce && !(info.nonce && equalBytes(info.nonce, options.nonce))) {
    return bad('The time-stamp answers another request: its nonce differs.');
  }
  const certificate = findSigner(signer, certificates);
  if (!certificate.ok) return certificate;
  const signed = checkSignature(token, certificate.value.x509.publicKey);
  if (!signed.ok) return signed;
  const allowed = mayStamp(certificate.value, info.timeMs);
  if (!allowed.ok) return allowed;
  const tsa = nameOf(certificate.value);
  const { cas } = options;
  const ca = cas ? pathToCa(certificate.value, certificates, cas, info.timeMs) : null;
  if (cas && !ca) return bad(`The certificate of ${tsa} leads to no CA that you trust.`);
  const { timeMs, accuracyMs, serial, policy } = info;
  const issuer = issuerOf(certificate.value);
  return ok({ timeMs, accuracyMs, tsa, issuer, serial, policy, ca: ca && nameOf(ca) });
}

/**
 * The certificate that the signed attributes name by its digest (ESSCertID and ESSCertIDv2, RFC 5035 and RFC
 * 5816), so that none with the same key can be put in its place. Where both attributes are there, both must
 * name it.
 */
function findSigner(signer: Signer, certificates: readonly Certificate[]): Result<Certificate, Refusal> {
  const ids = [OID.signingCertificate, OID.signingCertificateV2].flatMap((type) => {
    const attribute = signer.attributes.get(type);
    return attribute ? [certificateId(attribute, type === OID.signingCertificateV2)] : [];
  });
  if (ids.length === 0) return bad('The signed attributes name no certificate.');
  const named = certificates.find(({ der }) =>
    ids.every((id) => id !== null && equalBytes(Buffer.from(hash(id.name, der, 'hex'), 'hex'), id.digest)),
  );
  return named ? ok(named) : bad('The token lacks the certificate that its signed attributes name.');
}

/** The first entry of SigningCertificate or SigningCertificateV2; null when it has another form. */
function certificateId(attribute: asn1.AsnType, isV2: boolean): { name: string; digest: Buffer } | null {
  const [first, second] = partsOf(partsOf(partsOf(attribute)[0])[0]);
  const named = isV2 && first instanceof asn1.Sequence;
  const algorithm = named ? partsOf(first)[0] : null;
  const value = named ? second : first;
  if (!(value instanceof asn1.OctetString)) return null;
  const digest = Buffer.from(value.valueBlock.valueHexView);
  if (!named) return { name: isV2 ? 'sha256' : 'sha1', digest };
  if (!(algorithm instanceof asn1.ObjectIdentifier)) return null;
  const oid = algorithm.valueBlock.toString();
  const name = oid === SHA1 ? 'sha1' : DIGESTS[oid];
  return name === undefined ? null : { name, digest };
}

function partsOf(node: asn1.AsnType | undefined): asn1.AsnType[] {
  return node instanceof asn1.Constructed ? node.valueBlock.value : [];
}

/** RFC 5652 section 5.6, with the attributes that RFC 3161 demands. */
function checkSignature({ signer, content }: Token, key: KeyObject): Result<undefined, Refusal> {
  const { attributes, signedBytes, signature } = signer;
  const type = attributes.get(OID.contentType);
  if (!(type instanceof asn1.ObjectIdentifier) || type.valueBlock.toString() !== OID.tstInfo) {
    return bad('The signed attributes are not about a TSTInfo.');
  }
  const digest = DIGESTS[signer.digestAlgorithm];
  if (digest === undefined) return bad(`The digest ${signer.digestAlgorithm} is not accepted.`);
  const given = attributes.get(OID.messageDigest);
  if (!(given instanceof asn1.OctetString)) return bad('The signed attributes hold no digest.');
  const right = Buffer.from(hash(digest, content, 'hex'), 'hex');
  if (!equalBytes(Buffer.from(given.valueBlock.valueHexView), right)) {
    return bad('The TSTInfo is not the one that was signed.');
  }
  const scheme = SCHEMES[signer.signatureAlgorithm];
  if (!scheme) return bad(`The signature ${signer.signatureAlgorithm} is not accepted.`);
  if (scheme.key !== key.asymmetricKeyType) return bad('The signature is not of the kind of the key.');
  const padding = scheme.pss ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  const holds = verify(
    scheme.digest === undefined ? digest : scheme.digest,
    signedBytes,
    scheme.key === 'rsa' ? { key, padding } : key,
    signature,
  );
  return holds ? ok() : bad('The signature of the time-stamp does not hold.');
}
