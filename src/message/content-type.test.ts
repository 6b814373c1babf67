import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ALLOWED_TYPES,
  checkHead,
  contentTypeOf,
  createTextCheck,
  headerOf,
  type ContentType,
} from './content-type.ts';

const HEADS: Readonly<Record<ContentType, string>> = {
  'text/plain': 'Dear Bob',
  'application/pdf': '%PDF-1.7',
  'image/png': '\x89PNG\r\n\x1a\n',
  'image/jpeg': '\xff\xd8\xff\xe0',
  'image/gif': 'GIF89a',
  'image/webp': 'RIFF\0\0\0\0WEBP',
  'image/tiff': 'II*\0',
  'audio/mpeg': '\xff\xfb\x90\x00',
  'audio/ogg': 'OggS',
  'audio/wav': 'RIFF\0\0\0\0WAVE',
  'audio/mp4': '\0\0\0\x18ftypM4A ',
  'audio/webm': '\x1a\x45\xdf\xa3',
};

const bytes = (text: string) => Buffer.from(text, 'latin1');

test('M2, U2: each kind is told by its first bytes; one is not taken for another', () => {
  for (const type of ALLOWED_TYPES) {
    for (const [other, head] of Object.entries(HEADS)) {
      const taken = checkHead(type, bytes(head)).ok;
      assert.equal(taken, type === other || type === 'text/plain', `${other} as ${type}`);
    }
  }
});

test('S20: programs and pages are refused, whatever they call themselves', () => {
  for (const head of ['MZ\x90\0', '\x7fELF', '#!/bin/sh', 'PK\x03\x04', '\xca\xfe\xba\xbe']) {
    assert.equal(checkHead('text/plain', bytes(head)).ok, false, head);
  }
  for (const head of [
    '<!DOCTYPE html>',
    '  <html>',
    '\n<script src=x>',
    '\xef\xbb\xbf<svg onload=x>',
    '<!-- x',
  ]) {
    assert.equal(checkHead('text/plain', bytes(head)).ok, false, head);
  }
  assert.ok(checkHead('text/plain', bytes('a < b and <me@example.org>')).ok);
});

test('types are read as they are written, and nothing else is one', () => {
  assert.equal(contentTypeOf('Text/Plain; charset=UTF-8'), 'text/plain');
  assert.equal(contentTypeOf('audio/x-wav'), 'audio/wav');
  assert.equal(headerOf('text/plain'), 'text/plain; charset=utf-8');
  for (const other of ['text/html', 'image/svg+xml', 'application/zip', '', 'constructor', '__proto__']) {
    assert.equal(contentTypeOf(other), null, other);
  }
});

test('a text is UTF-8 in whatever parts it comes, without control characters', () => {
  const text = Buffer.from('Zürich — 東京 🙂\n\tend');
  for (let cut = 0; cut <= text.length; cut++) {
    const check = createTextCheck('text/plain');
    assert.ok(
      check.isText(text.subarray(0, cut), false) && check.isText(text.subarray(cut), true),
      String(cut),
    );
  }
  const half = createTextCheck('text/plain');
  assert.ok(half.isText(text.subarray(0, 2), false));
  assert.equal(half.isText(Buffer.alloc(0), true), false, 'half a letter at the end');
  assert.equal(createTextCheck('text/plain').isText(Buffer.from('a\0b'), true), false);
  assert.ok(createTextCheck('image/png').isText(Buffer.from([0, 255]), true));
});
