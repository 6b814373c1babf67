/**
 * The log over HTTP (C2SP tlog-tiles): static resources that anyone may fetch and cache, open to all origins
 * because nothing in them is secret: contents are there as salted commitments only. Proofs, which a client
 * can compute from the tiles, are also given ready-made as JSON.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Context } from 'hono';
import { toBase64 } from '../std/bytes.ts';
import { createRouter, type App } from '../http/app.ts';
import { problem, type ProblemTable } from '../http/problem.ts';
import type { Sql } from '../store/connection.ts';
import type { LogKeys } from './key.ts';
import { consistencyOf, inclusionOf, type ProofRefusal } from './prove.ts';
import { findTiles, readBundle, readLatestCheckpoint, readLeafHash } from './read-store.ts';
import { readState } from './store.ts';
import { bundlePath, encodeBundle, parseTilePath, TILE_WIDTH, tileWidth, type TileResource } from './tile.ts';

export type LogRefusal =
  | ProofRefusal
  | 'empty_log'
  | 'malformed_tile_path'
  | 'no_such_tile'
  | 'malformed_size';

const LOG_PROBLEMS = {
  not_in_log: {
    status: 404,
    title: 'Not in the log',
    detail: 'The size or index lies outside of the log. Its size is the second line of /log/checkpoint.',
  },
  empty_log: {
    status: 404,
    title: 'The log is empty',
    detail: 'The first checkpoint is signed with the first entry.',
  },
  malformed_tile_path: {
    status: 400,
    title: 'Not the path of a tile',
    detail: 'Tiles are at /log/tile/<level>/<index>[.p/<width>], as c2sp.org/tlog-tiles says.',
  },
  no_such_tile: {
    status: 404,
    title: 'No such tile',
    detail: 'The log has no tile of that width there, or not yet.',
  },
  malformed_size: {
    status: 400,
    title: 'Not a size',
    detail: 'Sizes and indexes are decimal digits without leading zeroes.',
  },
} as const satisfies ProblemTable<LogRefusal>;

const FOREVER = 'public, max-age=31536000, immutable';
/**
 * A partial tile never changes either, but the next one replaces it soon: it is not worth a long life in
 * caches.
 */
const A_MINUTE = 'public, max-age=60';
const A_MOMENT = 'public, max-age=2';
const COUNT = /^(?:0|[1-9]\d{0,15})$/;
const compress = promisify(gzip);

export function logRoutes(options: { sql: Sql; keys: LogKeys }): App {
  const { sql, keys } = options;
  const app = createRouter();
  app.use('/log/*', async (c, next) => {
    await next();
    c.header('Access-Control-Allow-Origin', '*');
  });
  app.get('/log/checkpoint', async (c) => {
    const latest = await readLatestCheckpoint(sql);
    if (!latest) return problem(c, LOG_PROBLEMS, 'empty_log', { retryAfterMs: 1000 });
    c.header('Cache-Control', A_MOMENT);
    return c.text(latest.note, 200, { 'Content-Type': 'text/plain; charset=utf-8' });
  });
  app.get('/log/tile/*', (c) => answerTile(c, sql));
  app.get('/log/proof/inclusion', (c) => answerInclusion(c, sql));
  app.get('/log/proof/consistency', (c) => answerConsistency(c, sql));
  app.get('/log/key', (c) => {
    c.header('Cache-Control', A_MINUTE);
    return c.text(keys.verifiers.map((verifier) => `${verifier.text}\n`).join(''));
  });
  app.get('/.well-known/jwks.json', (c) => {
    c.header('Cache-Control', A_MINUTE);
    c.header('Access-Control-Allow-Origin', '*');
    c.header('Content-Type', 'application/jwk-set+json');
    return c.body(JSON.stringify(keys.jwks));
  });
  return app;
}

async function answerTile(c: Context, sql: Sql): Promise<Response> {
  // The raw path: an escaped spelling of a tile is none.
  const parsed = parseTilePath(new URL(c.req.url).pathname.slice('/log/'.length));
  if (!parsed.ok) return problem(c, LOG_PROBLEMS, parsed.refusal, parsed);
  const tile = parsed.value;
  const { size } = await readState(sql);
  if (tile.width > tileWidth(tile.kind === 'tile' ? tile.level : 0, tile.n, size)) {
    return problem(c, LOG_PROBLEMS, 'no_such_tile');
  }
  const bytes = await readResource(sql, tile);
  if (!bytes) return problem(c, LOG_PROBLEMS, 'no_such_tile');
  c.header('Cache-Control', tile.width === TILE_WIDTH ? FOREVER : A_MINUTE);
  c.header('Content-Type', 'application/octet-stream');
  if (tile.kind === 'tile') return c.body(new Uint8Array(bytes));
  // Hashes do not shrink, entries do.
  c.header('Vary', 'Accept-Encoding');
  if (!/\bgzip\b/.test(c.req.header('Accept-Encoding') ?? '')) return c.body(new Uint8Array(bytes));
  c.header('Content-Encoding', 'gzip');
  return c.body(new Uint8Array(await compress(bytes)));
}

async function readResource(sql: Sql, resource: TileResource): Promise<Uint8Array | null> {
  if (resource.kind === 'tile') {
    const [hashes] = await findTiles(sql, [resource]);
    return hashes ?? null;
  }
  const leaves = await readBundle(sql, resource.n, resource.width);
  if (leaves.length === resource.width) return encodeBundle(leaves);
  throw new Error(`${bundlePath(resource)} lacks entries: run the check of the log`);
}

async function answerInclusion(c: Context, sql: Sql): Promise<Response> {
  const index = countOf(c.req.query('index'));
  const size = countOf(c.req.query('size') ?? String((await readState(sql)).size));
  if (index === null || size === null) return problem(c, LOG_PROBLEMS, 'malformed_size');
  const proof = await inclusionOf(sql, index, size);
  if (!proof.ok) return problem(c, LOG_PROBLEMS, proof.refusal, proof);
  c.header('Cache-Control', A_MINUTE);
  const leafHash = toBase64(await readLeafHash(sql, index));
  return c.json({ index, size, leafHash, path: proof.value.map(toBase64) });
}

async function answerConsistency(c: Context, sql: Sql): Promise<Response> {
  const from = countOf(c.req.query('from'));
  const to = countOf(c.req.query('to') ?? String((await readState(sql)).size));
  if (from === null || to === null) return problem(c, LOG_PROBLEMS, 'malformed_size');
  const proof = await consistencyOf(sql, from, to);
  if (!proof.ok) return problem(c, LOG_PROBLEMS, proof.refusal, proof);
  c.header('Cache-Control', A_MINUTE);
  return c.json({ from, to, path: proof.value.map(toBase64) });
}

function countOf(text: string | undefined): number | null {
  return text !== undefined && COUNT.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null;
}
