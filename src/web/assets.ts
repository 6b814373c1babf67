import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { Hono } from 'hono';
import { must } from '../std/assert.ts';
import { sha256, toHex } from '../std/bytes.ts';

/**
 * Stylesheets, scripts and drawings, served from memory under names that change with their content
 * (`/assets/countersign-1f0c9a2b.css`), so that browsers may keep them for ever and never have an old one.
 */
export type Assets<Name extends string> = {
  /** The path of an asset, for a page to link. */
  readonly href: (name: Name) => string;
  /** To be mounted at the root: the paths are whole. */
  readonly routes: Hono;
};

export type AssetFiles<Name extends string> = Readonly<Record<Name, URL>>;

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};
const HASH_LENGTH = 12;
const KEPT = 'public, max-age=31536000, immutable';

const KIT_FILES = {
  'countersign.css': new URL('./assets/countersign.css', import.meta.url),
  'declare.css': new URL('./assets/declare.css', import.meta.url),
  'mail.css': new URL('./assets/mail.css', import.meta.url),
  'pay.css': new URL('./assets/pay.css', import.meta.url),
  'statement.css': new URL('./assets/statement.css', import.meta.url),
  'verify.css': new URL('./assets/verify.css', import.meta.url),
  'confirm.js': new URL('./assets/confirm.js', import.meta.url),
  'mail.js': new URL('./assets/mail.js', import.meta.url),
  'compose.js': new URL('./assets/compose.js', import.meta.url),
  'pay.js': new URL('./assets/pay.js', import.meta.url),
  'mark.svg': new URL('./assets/mark.svg', import.meta.url),
  'rosette.svg': new URL('./assets/rosette.svg', import.meta.url),
} as const;

export type WebAssets = Assets<keyof typeof KIT_FILES>;

/** The assets of the kit itself, at `/assets`. */
export function openWebAssets(): WebAssets {
  return openAssets('/assets', KIT_FILES);
}

/**
 * Reads the files once; a missing one is a fault at start, not a hole in a page. `at` is the folder in the
 * URL.
 */
export function openAssets<const Name extends string>(at: string, files: AssetFiles<Name>): Assets<Name> {
  const paths = new Map<string, string>();
  const routes = new Hono();
  for (const name of inOrderOfUse(Object.keys(files))) {
    const url = must(files[name as Name], 'an asset without a file');
    const text = withHashedReferences(readFileSync(url, 'utf8'), name, paths);
    const extension = extname(name);
    const hash = toHex(sha256(text)).slice(0, HASH_LENGTH);
    const path = `${at}/${name.slice(0, -extension.length)}-${hash}${extension}`;
    const type = must(TYPES[extension], `no media type is known for ${name}`);
    paths.set(name, path);
    routes.get(path, (c) =>
      c.body(text, 200, {
        'Content-Type': type,
        'Cache-Control': KEPT,
        'Cross-Origin-Resource-Policy': 'same-origin',
        'X-Content-Type-Options': 'nosniff',
      }),
    );
  }
  return { href: (name) => must(paths.get(name), `there is no asset ${name}`), routes };
}

/** Stylesheets last, because their names depend on those of the drawings that they use. */
function inOrderOfUse(names: readonly string[]): string[] {
  return [...names.filter((name) => !isSheet(name)), ...names.filter(isSheet)];
}

function isSheet(name: string): boolean {
  return extname(name) === '.css';
}

function withHashedReferences(text: string, name: string, paths: ReadonlyMap<string, string>): string {
  if (!isSheet(name)) return text;
  return text.replace(
    /url\(([\w-]+\.svg)\)/g,
    (_, used: string) => `url(${must(paths.get(used), `${name} uses ${used}, which is no asset`)})`,
  );
}
