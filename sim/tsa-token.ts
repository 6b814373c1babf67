/**
 * What a time-stamping authority makes (RFC 3161): a CA and a certificate of its own, and answers to queries.
 * Written with a library that the product uses for reading only, so that a mistake is not made twice alike;
 * and able to make every kind of answer that must not be believed.
 */
import * as asn1 from 'asn1js';
import * as pki from 'pkijs';
import { sha256, toBase64 } from '../src/std/bytes.ts';
import { systemRandom } from '../src/std/random.ts';

const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const POLICY = '1.3.6.1.4.1.99999.1';
const ACCURACY_SECONDS = 1;
const DAY_MS = 86_400_000;
const TIME_NOT_AVAILABLE = 14;

export type AuthorityInput = {
  readonly name?: string;
  readonly caName?: string;
  readonly notBeforeMs: number;
  readonly notAfterMs?: number;
  /** Of the extended key usage; time-stamping alone by default. */
  readonly purposes?: readonly string[];
  readonly purposesCritical?: boolean;
  /** First byte of the key usage; digitalSignature by default. */
  readonly keyUsage?: number;
  /** Whether its CA's certificate says that it may issue others. */
  readonly caIsCa?: boolean;
};

export type AuthorityKeys = {
  readonly caPem: string;
  readonly certificate: pki.Certificate;
  readonly ca: pki.Certificate;
  readonly key: CryptoKey;
  /** Not the one of the certificate. */
  readonly otherKey: CryptoKey;
};

export async function makeAuthority(input: AuthorityInput): Promise<AuthorityKeys> {
  const { name = 'Test authority', caName = 'Test CA', purposes = [TIME_STAMPING] } = input;
  const { purposesCritical = true, keyUsage = 0x80, caIsCa = true, notBeforeMs } = input;
  const validity = { notBeforeMs, notAfterMs: input.notAfterMs ?? notBeforeMs + 365 * DAY_MS };
  const [caKeys, keys, other] = await Promise.all([makeKeys(), makeKeys(), makeKeys()]);
  const ca = await certify({
    subject: caName,
    issuer: caName,
    publicKey: caKeys.publicKey,
    signer: caKeys.privateKey,
    ...validity,
    extensions: [
      extension('2.5.29.19', true, new pki.BasicConstraints({ cA: caIsCa })),
      extension('2.5.29.15', true, bits(0x06)),
    ],
  });
  const certificate = await certify({
    subject: name,
    issuer: caName,
    publicKey: keys.publicKey,
    signer: caKeys.privateKey,
    ...validity,
    extensions: [
      ...(purposes.length === 0
        ? []
        : [extension('2.5.29.37', purposesCritical, new pki.ExtKeyUsage({ keyPurposes: [...purposes] }))]),
      extension('2.5.29.15', true, bits(keyUsage)),
    ],
  });
  return { caPem: pemOf(ca), ca, certificate, key: keys.privateKey, otherKey: other.privateKey };
}

/** What is wrong with an answer. */
export type Flaw =
  | 'wrong_nonce'
  | 'no_nonce'
  | 'wrong_imprint'
  | 'wrong_key'
  | 'no_certificate'
  | 'no_certificate_id'
  | 'wrong_certificate_id'
  | 'wrong_content_type'
  | 'wrong_digest';

/** Answers a query as asked, at this time; with one flaw where a test wants it. */
export async function answerQuery(
  authority: AuthorityKeys,
  query: Uint8Array,
  timeMs: number,
  flaw: Flaw | null = null,
): Promise<Uint8Array> {
  const request = new pki.TimeStampReq({ schema: asn1.fromBER(Uint8Array.from(query).buffer).result });
  const { messageImprint, nonce } = request;
  if (flaw === 'wrong_imprint') {
    messageImprint.hashedMessage = new asn1.OctetString({ valueHex: new ArrayBuffer(32) });
  }
  const info = new pki.TSTInfo({
    version: 1,
    policy: POLICY,
    messageImprint,
    serialNumber: randomInteger(8),
    genTime: new Date(timeMs),
    accuracy: new pki.Accuracy({ seconds: ACCURACY_SECONDS }),
  });
  if (nonce && flaw !== 'no_nonce') info.nonce = flaw === 'wrong_nonce' ? randomInteger(16) : nonce;
  const content = new Uint8Array(info.toSchema().toBER());
  const certificateDer = derOf(authority.certificate);
  const signed = new pki.SignedData({
    version: 3,
    encapContentInfo: new pki.EncapsulatedContentInfo({
      eContentType: TST_INFO,
      eContent: new asn1.OctetString({ valueHex: content.buffer }),
    }),
    signerInfos: [
      new pki.SignerInfo({
        version: 1,
        sid: new pki.IssuerAndSerialNumber({
          issuer: authority.certificate.issuer,
          serialNumber: authority.certificate.serialNumber,
        }),
        signedAttrs: new pki.SignedAndUnsignedAttributes({
          type: 0,
          attributes: attributesOf(content, certificateDer, flaw),
        }),
      }),
    ],
    ...(request.certReq && flaw !== 'no_certificate'
      ? { certificates: [authority.certificate, authority.ca] }
      : {}),
  });
  // The library would break the content into pieces, which is not DER.
  signed.encapContentInfo.eContent = new asn1.OctetString({ valueHex: content.buffer });
  await signed.sign(flaw === 'wrong_key' ? authority.otherKey : authority.key, 0, 'SHA-256');
  const token = new pki.ContentInfo({
    contentType: pki.id_ContentType_SignedData,
    content: signed.toSchema(true),
  });
  const status = new pki.PKIStatusInfo({ status: pki.PKIStatus.granted });
  return new Uint8Array(new pki.TimeStampResp({ status, timeStampToken: token }).toSchema().toBER());
}

/** An answer without a token: the authority's clock is out of order. */
export function rejection(): Uint8Array {
  const failInfo = new asn1.BitString({ valueHex: failBits(TIME_NOT_AVAILABLE) });
  const status = new pki.PKIStatusInfo({ status: pki.PKIStatus.rejection, failInfo });
  return new Uint8Array(new pki.TimeStampResp({ status }).toSchema().toBER());
}

function attributesOf(content: Uint8Array, certificate: Uint8Array, flaw: Flaw | null): pki.Attribute[] {
  const type = flaw === 'wrong_content_type' ? '1.2.840.113549.1.7.1' : TST_INFO;
  const digest = sha256(flaw === 'wrong_digest' ? Uint8Array.of(1) : content);
  const id = sha256(flaw === 'wrong_certificate_id' ? Uint8Array.of(1) : certificate);
  const essCertIdV2 = sequence(octets(id));
  const attributes = [
    new pki.Attribute({
      type: '1.2.840.113549.1.9.3',
      values: [new asn1.ObjectIdentifier({ value: type })],
    }),
    new pki.Attribute({ type: '1.2.840.113549.1.9.4', values: [octets(digest)] }),
  ];
  if (flaw !== 'no_certificate_id') {
    const values = [sequence(sequence(essCertIdV2))];
    attributes.push(new pki.Attribute({ type: '1.2.840.113549.1.9.16.2.47', values }));
  }
  return attributes;
}

type CertificateInput = {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: CryptoKey;
  readonly signer: CryptoKey;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly extensions: pki.Extension[];
};

async function certify(input: CertificateInput): Promise<pki.Certificate> {
  const certificate = new pki.Certificate();
  certificate.version = 2;
  certificate.serialNumber = randomInteger(8);
  certificate.subject = nameOf(input.subject);
  certificate.issuer = nameOf(input.issuer);
  certificate.notBefore.value = new Date(input.notBeforeMs);
  certificate.notAfter.value = new Date(input.notAfterMs);
  certificate.extensions = input.extensions;
  await certificate.subjectPublicKeyInfo.importKey(input.publicKey);
  await certificate.sign(input.signer, 'SHA-256');
  return certificate;
}

async function makeKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
}

function nameOf(commonName: string): pki.RelativeDistinguishedNames {
  const value = new asn1.Utf8String({ value: commonName });
  return new pki.RelativeDistinguishedNames({
    typesAndValues: [new pki.AttributeTypeAndValue({ type: '2.5.4.3', value })],
  });
}

function extension(extnID: string, critical: boolean, value: { toSchema(): asn1.BaseBlock }): pki.Extension {
  return new pki.Extension({ extnID, critical, extnValue: value.toSchema().toBER() });
}

function bits(first: number): { toSchema(): asn1.BitString } {
  const unusedBits = Math.max(0, first.toString(2).length - first.toString(2).replace(/0+$/, '').length);
  return { toSchema: () => new asn1.BitString({ valueHex: Uint8Array.of(first).buffer, unusedBits }) };
}

function failBits(bit: number): ArrayBuffer {
  const bytes = new Uint8Array(4);
  bytes[bit >> 3] = 0x80 >> (bit & 7);
  return bytes.buffer;
}

function randomInteger(length: number): asn1.Integer {
  const bytes = systemRandom(length);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return new asn1.Integer({ valueHex: Uint8Array.from(bytes).buffer });
}

function octets(bytes: Uint8Array): asn1.OctetString {
  return new asn1.OctetString({ valueHex: Uint8Array.from(bytes).buffer });
}

function sequence(...value: asn1.BaseBlock[]): asn1.Sequence {
  return new asn1.Sequence({ value });
}

function derOf(certificate: pki.Certificate): Uint8Array {
  return new Uint8Array(certificate.toSchema(true).toBER());
}

function pemOf(certificate: pki.Certificate): string {
  const lines = toBase64(derOf(certificate)).match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
