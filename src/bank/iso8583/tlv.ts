/**
 * BER-TLV as EMV uses it (EMV 4.3, Book 3, annex B): tags of one to three bytes, lengths of one to three,
 * never the indefinite form; zero bytes between data objects mean nothing. The inside of a constructed object
 * is left as it came.
 */
import type { Tlv } from './message.ts';
import type { Inside, TagSpec } from './spec.ts';

type Tags = Extract<Inside, { kind: 'ber' }>['tags'];
/** Told the tag that was being read, empty before there is one, and why it is none. */
type Stop = (tag: string, why: string) => null;

const TAG_OCTETS_MAX = 3;

export function readTlvs(bytes: Buffer, tags: Tags, stop: Stop): readonly Tlv[] | null {
  const found: Tlv[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] === 0) {
      at++;
      continue;
    }
    const tagEnd = endOfTag(bytes, at);
    if (tagEnd < 0) return stop('', `the tag at byte ${at} has no end`);
    const tag = bytes.toString('hex', at, tagEnd).toUpperCase();
    const head = bytes[tagEnd];
    if (head === undefined) return stop(tag, 'has no length');
    const more = head < 0x80 ? 0 : head - 0x80;
    if (head === 0x80 || more > 2) return stop(tag, `0x${head.toString(16)} begins no length`);
    const from = tagEnd + 1 + more;
    if (from > bytes.length) return stop(tag, 'is cut inside its length');
    const size = more === 0 ? head : bytes.readUIntBE(tagEnd + 1, more);
    if (from + size > bytes.length) return stop(tag, `${bytes.length - from} bytes of ${size}`);
    const why = wrongSize(tags[tag], size);
    if (why !== null) return stop(tag, why);
    if (found.some((earlier) => earlier.tag === tag)) return stop(tag, 'is there twice');
    found.push({ tag, value: bytes.subarray(from, from + size) });
    at = from + size;
  }
  return found;
}

/** The place behind the tag at `at`; -1 when it is cut or longer than any. */
function endOfTag(bytes: Buffer, at: number): number {
  if (((bytes[at] ?? 0) & 0x1f) !== 0x1f) return at + 1;
  for (let end = at + 1; end < at + TAG_OCTETS_MAX && end < bytes.length; end++) {
    if (((bytes[end] ?? 0) & 0x80) === 0) return end + 1;
  }
  return -1;
}

function wrongSize(spec: TagSpec | undefined, size: number): string | null {
  if (spec === undefined || (size >= spec.min && size <= spec.max)) return null;
  return `${size} bytes of ${spec.min === spec.max ? spec.max : `${spec.min} to ${spec.max}`}`;
}

/** The bytes of data objects; null when one of them could not be read again. */
export function writeTlvs(tlvs: readonly Tlv[], tags: Tags, stop: Stop): Buffer | null {
  const parts: Uint8Array[] = [];
  const seen = new Set<string>();
  for (const { tag, value } of tlvs) {
    const head = /^([0-9A-F]{2}){1,3}$/.test(tag) ? Buffer.from(tag, 'hex') : null;
    if (head === null || head[0] === 0 || endOfTag(head, 0) !== head.length) return stop(tag, 'is no tag');
    const why = wrongSize(tags[tag], value.length);
    if (why !== null) return stop(tag, why);
    if (seen.has(tag)) return stop(tag, 'is there twice');
    seen.add(tag);
    parts.push(head, lengthOf(value.length), value);
  }
  return Buffer.concat(parts);
}

function lengthOf(size: number): Uint8Array {
  if (size < 0x80) return Uint8Array.of(size);
  return size < 0x100 ? Uint8Array.of(0x81, size) : Uint8Array.of(0x82, size >> 8, size & 0xff);
}
