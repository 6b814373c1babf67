import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readForm, type FormEnd } from './multipart.ts';

/** Forms with files, as they come: whole, in small parts, broken off, and no forms at all. */
const BOUNDARY = 'x-boundary';
const CONTENT_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

type Part = { readonly name: string; readonly file?: string; readonly value: string };

function formOf(parts: readonly Part[]): Buffer {
  const texts = parts.map(({ name, file, value }) => {
    const head =
      file === undefined
        ? `Content-Disposition: form-data; name="${name}"`
        : `Content-Disposition: form-data; name="${name}"; filename="${file}"\r\nContent-Type: text/plain`;
    return `--${BOUNDARY}\r\n${head}\r\n\r\n${value}\r\n`;
  });
  return Buffer.from(`${texts.join('')}--${BOUNDARY}--\r\n`);
}

/** `length` bytes at a time; after `brokenAt` bytes the connection is gone. */
function bodyOf(bytes: Buffer, length: number, brokenAt = Infinity): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (at >= brokenAt) return controller.error(new Error('the connection is gone'));
      if (at >= bytes.length) return controller.close();
      controller.enqueue(new Uint8Array(bytes.subarray(at, Math.min(at + length, brokenAt))));
      at += length;
    },
  });
}

type Read = { end: FormEnd; fields: Map<string, string>; files: string[] };

async function read(body: ReadableStream<Uint8Array>, contentType = CONTENT_TYPE): Promise<Read> {
  const fields = new Map<string, string>();
  const files: string[] = [];
  const end = await readForm({ contentType, body }, fields, async ({ name, body: file }) => {
    const parts: Uint8Array[] = [];
    try {
      for await (const part of file) parts.push(part);
    } catch {
      files.push(`${name} broke off`);
      return;
    }
    files.push(`${name} ${[...fields.keys()].join()} ${Buffer.concat(parts).toString().length}`);
  });
  return { end, fields, files };
}

const FORM = formOf([
  { name: 'subject', value: 'Lease' },
  { name: 'text', value: 'Größe: 12 m²' },
  { name: 'files', file: 'one.txt', value: 'a'.repeat(70_000) },
  { name: 'files', file: 'two.txt', value: 'b'.repeat(3) },
  { name: 'files', file: '', value: '' },
]);

test('M2: in parts of any length the same fields, then the same files, one after the other', async () => {
  for (const length of [7, 1000, 65_536, FORM.length]) {
    const { end, fields, files } = await read(bodyOf(FORM, length));
    assert.equal(end, 'whole');
    assert.deepEqual(
      [...fields],
      [
        ['subject', 'Lease'],
        ['text', 'Größe: 12 m²'],
      ],
    );
    assert.deepEqual(files, ['one.txt subject,text 70000', 'two.txt subject,text 3']);
  }
});

test('M2: a file that nobody reads is passed over, and a fault of its reader is thrown at the end', async () => {
  const names: string[] = [];
  const end = await readForm({ contentType: CONTENT_TYPE, body: bodyOf(FORM, 1000) }, new Map(), ({ name }) =>
    Promise.resolve(void names.push(name)),
  );
  assert.deepEqual([end, names], ['whole', ['one.txt', 'two.txt']]);
  await assert.rejects(
    readForm({ contentType: CONTENT_TYPE, body: bodyOf(FORM, 1000) }, new Map(), () =>
      Promise.reject(new Error('the store is gone')),
    ),
    /the store is gone/,
  );
});

test('S20: a form that breaks off, anywhere, ends as malformed, and so does its file', async () => {
  for (const brokenAt of [10, 100, 400, 5_000, 60_000, FORM.length - 30]) {
    const { end, files } = await read(bodyOf(FORM, 1000, brokenAt));
    assert.equal(end, 'malformed', `at ${brokenAt}`);
    const isTold = (file: string) => / broke off$|^one\.txt .* 70000$|^two\.txt .* 3$/.test(file);
    assert.ok(files.every(isTold), `at ${brokenAt}: ${files.join('; ')}`);
  }
  const cut = await read(bodyOf(FORM.subarray(0, 5_000), 1000));
  assert.deepEqual([cut.end, cut.files], ['malformed', ['one.txt broke off']]);
});

test('S20: what is no such form is malformed', async () => {
  for (const contentType of ['text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded', '']) {
    const { end } = await read(bodyOf(FORM, 1000), contentType);
    assert.equal(end, 'malformed', contentType);
  }
  assert.equal((await read(bodyOf(Buffer.from('no form'), 1000))).end, 'malformed');
});
