import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { getRequestListener } from '@hono/node-server';
import type { AxeResults } from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';

/** Of starts. This build of Chromium now and then ends by a fault of its own before it can be driven. */
const STARTS_MAX = 3;

/**
 * A headless Chromium from npm packages alone, for tests that drive our pages; and axe to look at them. To be
 * opened before all else: where there is none, nothing is then left open that keeps the process.
 */
export async function openBrowser(): Promise<Browser> {
  const executablePath = await unpackChromium();
  const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
  for (let starts = 1; ; starts++) {
    try {
      return await chromium.launch({ executablePath, args });
    } catch (error) {
      if (starts === STARTS_MAX) throw error;
      process.stderr.write(`Chromium did not start, and is started again: ${String(error)}\n`);
    }
  }
}

/**
 * The package holds the browser packed. It is unpacked once for each version, and moved into its place whole,
 * so that test files that start together never see half of it.
 */
async function unpackChromium(): Promise<string> {
  const packed = new URL('../../bin/chromium.br', import.meta.resolve('@sparticuz/chromium'));
  const about = new URL('../../package.json', import.meta.resolve('@sparticuz/chromium'));
  const { version } = JSON.parse(await readFile(about, 'utf8')) as { version: string };
  const folder = join(tmpdir(), `countersign-chromium-${version}`);
  const path = join(folder, 'chromium');
  if (existsSync(path)) return path;
  await mkdir(folder, { recursive: true });
  const partial = `${path}-${process.pid}`;
  await pipeline(createReadStream(packed), createBrotliDecompress(), createWriteStream(partial));
  await chmod(partial, 0o755);
  await rename(partial, path);
  return path;
}

export type Site = AsyncDisposable & { readonly origin: string };

/** Serves an app on a free loopback port. Live streams are cut at the end. */
export async function openSite(app: { fetch: Parameters<typeof getRequestListener>[0] }): Promise<Site> {
  const answer = getRequestListener(app.fetch);
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Waits until the element is where a key goes: a browser gives the focus some time after the page is loaded. */
export async function hasFocus(page: Page, id: string): Promise<void> {
  await page.locator(`[id="${id}"]:focus`).waitFor({ state: 'attached' });
}

const LOOKS_MAX = 5;

/**
 * What axe finds on the page as it stands: one line for each finding, none when all is well. A page that
 * shows itself anew meanwhile, because its confirmation went on, is looked at again.
 */
export async function findBarriers(page: Page): Promise<string[]> {
  for (let looks = 1; ; looks++) {
    try {
      return await axeOn(page);
    } catch (error) {
      const wentOn = error instanceof Error && error.message.includes('Execution context was destroyed');
      if (!wentOn || looks === LOOKS_MAX) throw error;
      await page.waitForLoadState();
    }
  }
}

async function axeOn(page: Page): Promise<string[]> {
  if (!(await page.evaluate('"axe" in window')))
    await page.evaluate(await readFile(new URL(import.meta.resolve('axe-core')), 'utf8'));
  const results = await page.evaluate<AxeResults>('axe.run(document, { resultTypes: ["violations"] })');
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}`),
  );
}
