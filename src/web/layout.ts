import type { Language } from '../std/language.ts';
import type { WebAssets } from './assets.ts';
import { html, type Child, type Html } from './html.ts';

/** The skeleton of every page: one header, one main, one footer, and nothing inline (S18). */
export type Page = {
  readonly language: Language;
  readonly title: string;
  readonly assets: WebAssets;
  /** Sets the page apart in the stylesheet. */
  readonly kind:
    | 'confirmation'
    | 'mail'
    | 'pay'
    | 'verify'
    | 'declare'
    | 'statement'
    | 'problem'
    | 'reference'
    | 'demo'
    | 'handset';
  /** The link that lets a keyboard jump over the header, in the page's language. */
  readonly skipLabel: string;
  readonly header: Child;
  readonly main: Child;
  readonly footer?: Child;
  /** Paths of further stylesheets and of scripts, in order. */
  readonly sheets?: readonly string[];
  readonly scripts?: readonly string[];
  /** For a page that waits for something: when and where a browser without scripts looks again. */
  readonly refresh?: { readonly seconds: number; readonly path: string };
};

/** The colours of a browser's own bar, as `--paper` in the stylesheet. */
const PAPER = { light: '#f5f3ec', dark: '#0f1613' } as const;

export function layout(page: Page): Html {
  const { assets } = page;
  return html`<!doctype html>
    <html lang="${page.language}">
      <head>
        <meta charset="utf-8" />
        <title>${page.title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content="${PAPER.light}" media="(prefers-color-scheme: light)" />
        <meta name="theme-color" content="${PAPER.dark}" media="(prefers-color-scheme: dark)" />
        <meta name="format-detection" content="telephone=no" />
        <meta name="robots" content="noindex, nofollow" />
        <link rel="icon" type="image/svg+xml" href="${assets.href('mark.svg')}" />
        <link rel="stylesheet" href="${assets.href('countersign.css')}" />
        ${(page.sheets ?? []).map((href) => html`<link rel="stylesheet" href="${href}" /> `)}
        ${(page.scripts ?? []).map((src) => html`<script type="module" src="${src}"></script> `)}
        ${
          page.refresh === undefined
            ? null
            : html`<noscript
                ><meta http-equiv="refresh" content="${page.refresh.seconds}; url=${page.refresh.path}"
              /></noscript>`
        }
      </head>
      <body class="page page--${page.kind}">
        <a class="skip" href="#main">${page.skipLabel}</a>
        <header class="bar">${page.header}</header>
        <main id="main" class="main" tabindex="-1">${page.main}</main>
        <footer class="foot">${page.footer ?? wordmark()}</footer>
      </body>
    </html>`;
}

/** The mark: a ring with an opening, and a second stroke that goes out through it. */
function mark(): Html {
  return html`<svg
    class="mark"
    viewBox="0 0 32 32"
    width="28"
    height="28"
    aria-hidden="true"
    focusable="false"
  >
    <path class="mark-ring" d="M25.2 20.6A10.4 10.4 0 1 1 22.6 7.9" />
    <path class="mark-stroke" d="M10.6 15.8l5.2 5.4L28.4 7.4" />
  </svg>`;
}

export function wordmark(): Html {
  return html`<span class="wordmark">${mark()}<span class="wordmark-text">Countersign</span></span>`;
}

export type Place = '/demo' | '/handset' | '/docs';

const PLACES = {
  '/demo': 'Demo',
  '/handset': 'Handset',
  '/docs': 'API reference',
} as const satisfies Record<Place, string>;

/** The header of the pages around the product: where one is, and where else to go. */
export function siteHeader(current: Place | null): Html {
  const places = Object.entries(PLACES).map(
    ([path, name]) =>
      html`<li><a href="${path}" ${path === current ? html` aria-current="page"` : null}>${name}</a></li>`,
  );
  return html`<a class="home" href="/demo">${wordmark()}</a>
    <nav class="places" aria-label="Pages">
      <ul>
        ${places}
      </ul>
    </nav>`;
}
