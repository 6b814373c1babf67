import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { sha256 } from '../std/bytes.ts';
import { formatCheckpoint, openCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts';
import { createSigner, isSameKey, openNote, parseNote, parseVerifier, signNote } from './note.ts';

/** The key and note of the documentation of the Go reference implementation (golang.org/x/mod/sumdb/note). */
const GO_SEED = Buffer.from('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz', 'base64').subarray(1);
const GO_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const GO_NOTE =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n" +
  '\n' +
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const GO_TEXT = GO_NOTE.slice(0, GO_NOTE.indexOf('\n\n') + 1);

const signer = createSigner('log.example/one', sha256('seed one'));
const stranger = createSigner('log.example/two', sha256('seed two'));
const namesake = createSigner('log.example/one', sha256('seed three'));

function detailOf(result: { ok: boolean; detail?: string }): string {
  assert.equal(result.ok, false);
  return result.detail ?? '';
}

test('signed-note: the reference key and note are made byte for byte and verified', () => {
  const go = createSigner('PeterNeumann', GO_SEED);
  assert.equal(go.verifier.text, GO_KEY);
  assert.equal(signNote(GO_TEXT, go), GO_NOTE);
  const key = parseVerifier(GO_KEY);
  assert.ok(key.ok && isSameKey(key.value, go.verifier));
  const opened = openNote(GO_NOTE, [key.value]);
  assert.ok(opened.ok);
  assert.equal(opened.value.text, GO_TEXT);
});

test('signed-note: unknown keys are passed over, a bad signature of a known key condemns the note', () => {
  const mine = signNote('text\n', signer);
  const strange = signNote('text\n', stranger);
  const both = mine + strange.slice(strange.indexOf('—'));
  assert.ok(openNote(both, [signer.verifier]).ok);
  assert.ok(openNote(both, [stranger.verifier]).ok);
  const none = openNote(mine, [stranger.verifier, namesake.verifier]);
  assert.ok(!none.ok && none.refusal === 'unknown_signer');
  const altered = openNote(mine.replace('text', 'test'), [signer.verifier]);
  assert.ok(!altered.ok && altered.refusal === 'bad_signature');
  const forged = signNote('another text\n', stranger);
  const oneBad = openNote(mine + forged.slice(forged.indexOf('—')), [signer.verifier, stranger.verifier]);
  assert.ok(!oneBad.ok && oneBad.refusal === 'bad_signature');
});

test('signed-note: the text may hold empty lines, the last one ends it', () => {
  const note = signNote('one\n\ntwo\n', signer);
  const parsed = parseNote(note);
  assert.ok(parsed.ok);
  assert.equal(parsed.value.text, 'one\n\ntwo\n');
});

test('S20: a malformed note is refused with the line', () => {
  const note = signNote('text\n', signer);
  assert.match(detailOf(parseNote('text\n')), /no blank line/);
  assert.match(detailOf(parseNote(note.slice(0, -1))), /Line 3 does not end/);
  assert.match(detailOf(parseNote(note.replace('—', '-'))), /Line 3 is not a signature/);
  assert.match(detailOf(parseNote(note.replace('log.example', 'log+example'))), /Line 3 has an impossible/);
  assert.match(detailOf(parseNote(note.replace('=', ''))), /Line 3 has a signature that is not base 64/);
  assert.match(detailOf(parseNote(`te\tx\n${note}`)), /Line 1 holds a control character/);
  assert.match(detailOf(parseNote(`\ud800${note}`)), /Unicode/);
  assert.match(detailOf(parseNote(`${note}\n`)), /Line 5 is not a signature/);
  assert.match(detailOf(parseNote('x'.repeat(1_000_001))), /more than/);
  assert.match(detailOf(parseNote(note + note.slice(note.indexOf('—')).repeat(100))), /more than 100/);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(), (text, at) => {
      const cut = at % note.length;
      for (const wild of [text, note.slice(0, cut) + text + note.slice(cut), note.slice(0, cut) + text]) {
        const opened = openNote(wild, [signer.verifier]);
        if (opened.ok) assert.equal(opened.value.text, 'text\n');
        assert.equal(typeof openCheckpoint(wild, [signer.verifier]).ok, 'boolean');
      }
    }),
  );
});

test('S20: a malformed verifier key is refused', () => {
  const bad = [
    '',
    'name',
    'name+c74f20a3',
    GO_KEY.replace('c74f20a3', 'c74f20a4'),
    GO_KEY.replace('c74f20a3', 'C74F20A3'),
    GO_KEY.replace('PeterNeumann', 'Peter Neumann'),
    GO_KEY.replace('ARpc', 'Arpc'),
    GO_KEY.slice(0, -4),
    `${GO_KEY}\n`,
  ];
  for (const text of bad) assert.match(detailOf(parseVerifier(text)), /key|hash/i, text);
  fc.assert(fc.property(fc.string(), (text) => void parseVerifier(text).ok));
});

test('tlog-checkpoint: a checkpoint is read back as it was signed, extension lines included', () => {
  const checkpoint = {
    origin: 'log.example/one',
    size: 20_852_163,
    root: sha256('root'),
    extensions: ['more'],
  };
  assert.equal(
    formatCheckpoint(checkpoint),
    `log.example/one\n20852163\n${sha256('root').toString('base64')}\nmore\n`,
  );
  const note = signCheckpoint(checkpoint, signer);
  const opened = openCheckpoint(note, [signer.verifier]);
  assert.ok(opened.ok);
  assert.deepEqual(opened.value, { ...checkpoint, signedBy: [signer.verifier] });
});

test('a key that is known but bears another name than the origin does not vouch for the log', () => {
  const checkpoint = { origin: 'log.example/one', size: 1, root: sha256('root'), extensions: [] };
  const opened = openCheckpoint(signCheckpoint(checkpoint, stranger), [stranger.verifier, signer.verifier]);
  assert.ok(!opened.ok && opened.refusal === 'unknown_signer');
});

test('S20: a malformed checkpoint is refused with the line', () => {
  const root = sha256('root').toString('base64');
  assert.match(detailOf(parseCheckpoint(`\n1\n${root}\n`)), /Line 1/);
  for (const size of ['01', '-1', '1.0', '', 'one', '9007199254740993', '1'.repeat(400)]) {
    assert.match(detailOf(parseCheckpoint(`o\n${size}\n${root}\n`)), /Line 2/);
  }
  assert.match(detailOf(parseCheckpoint(`o\n1\n${root.slice(4)}\n`)), /Line 3/);
  assert.match(detailOf(parseCheckpoint('o\n1\n')), /Line 3/);
  assert.match(detailOf(parseCheckpoint(`o\n1\n${root}\na\n\nb\n`)), /Line 5/);
  assert.match(detailOf(parseCheckpoint(`o\n1\n${root}`)), /newline/);
});
