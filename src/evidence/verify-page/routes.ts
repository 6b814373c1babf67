import type { Context } from 'hono';
import { createRouter, type App, type HttpEnv } from '../../http/app.ts';
import type { BodyLimit } from '../../http/body-limit.ts';
import { utf8 } from '../../std/bytes.ts';
import type { WebAssets } from '../../web/assets.ts';
import { chooseLanguage } from '../../web/language.ts';
import { securityHeaders } from '../../web/security-headers.ts';
import { createJudge, type Judgement } from '../judge.ts';
import type { LogKeys } from '../key.ts';
import { VERIFY_PATH, verifyPage, type VerifyPage } from './page.ts';

/**
 * `/verify`, open to all (M5): a form, and what came of it. Nothing is stored and nothing changes, so the
 * form carries no token; a GET shows the form and no more.
 */
export type VerifyPages = {
  readonly routes: App;
  /** For `createApp`: a certificate is longer than what the other routes take. */
  readonly bodyLimit: BodyLimit;
};

export type VerifyOptions = {
  readonly keys: LogKeys;
  readonly assets: WebAssets;
  readonly publicUrl: string;
  /** The CA, in PEM, of the authority that stamps this log; null when there is none. */
  readonly tsaCa: string | null;
};

const FILE_MAX_BYTES = 5 * 1024 * 1024;
/** What a form adds around a file. */
const FORM_BYTES = 16 * 1024;

const STATUS = {
  own: 200,
  other: 200,
  fails: 422,
  impostor: 422,
  unreadable: 422,
  nothing: 422,
  tooLarge: 413,
} as const satisfies Record<NonNullable<VerifyPage['result']>['kind'], number>;

export function verifyPages(options: VerifyOptions): VerifyPages {
  const { keys, assets, publicUrl, tsaCa } = options;
  const judge = createJudge(keys, tsaCa);
  const routes = createRouter();
  const headers = securityHeaders({ https: publicUrl.startsWith('https:') });
  routes.use(VERIFY_PATH, headers);

  async function show(c: Context<HttpEnv>, result: VerifyPage['result']): Promise<Response> {
    const language = chooseLanguage(c.req.header('accept-language'), c.req.query('lang'));
    return c.html(
      verifyPage({ language, assets, keys, result }),
      result === null ? 200 : STATUS[result.kind],
    );
  }

  routes.get(VERIFY_PATH, (c) => show(c, null));
  routes.post(VERIFY_PATH, async (c) => show(c, await judgeForm(c, judge)));

  const tooLarge = async (c: Context<HttpEnv>) => {
    // The limit stands before the routes, and so before their headers.
    await headers(c, async () => {
      c.res = await show(c, { kind: 'tooLarge' });
    });
    return c.res;
  };
  return {
    routes,
    bodyLimit: { method: 'POST', path: VERIFY_PATH, maxBytes: FILE_MAX_BYTES + FORM_BYTES, tooLarge },
  };
}

async function judgeForm(
  c: Context<HttpEnv>,
  judge: (bytes: Uint8Array) => Promise<Judgement>,
): Promise<NonNullable<VerifyPage['result']>> {
  const bytes = await handedOver(c);
  return bytes === null ? { kind: 'nothing' } : judge(bytes);
}

/** The file, or else the pasted text; null when there is neither, or no form that can be read. */
async function handedOver(c: Context<HttpEnv>): Promise<Uint8Array | null> {
  const form = await c.req.formData().catch(() => null);
  const file = form?.get('file');
  if (file instanceof File && file.size > 0) return new Uint8Array(await file.arrayBuffer());
  const text = form?.get('text');
  return typeof text === 'string' && text.trim() !== '' ? utf8(text) : null;
}
