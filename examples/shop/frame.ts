/** What every page of the shop has around it. */
import { BASE } from './door.ts';
import { SHELVES } from './catalogue.ts';
import { html, type Child, type Html } from './html.ts';

export const SHOP_NAME = 'Marginalia';

export type Frame = {
  readonly title: string;
  /** How much is in the basket; null in the office, which has none. */
  readonly inBasket: number | null;
  /** Where the stylesheet and the script are, under names that change with them. */
  readonly sheet: string;
  readonly script: string;
  /** Looks for news without a script every so many seconds; with one, the page is told. */
  readonly refreshSeconds?: number;
};

export function page(frame: Frame, kind: string, main: Child): Html {
  const { refreshSeconds } = frame;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${frame.title} · ${SHOP_NAME}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="stylesheet" href="${frame.sheet}" />
        <script type="module" src="${frame.script}"></script>
        ${
          refreshSeconds === undefined
            ? null
            : html`<noscript><meta http-equiv="refresh" content="${refreshSeconds}" /></noscript>`
        }
      </head>
      <body class="page-${kind}">
        <a class="skip" href="#main">Go to the content</a>
        <header class="top">
          <a class="brand" href="${BASE}">${brandMark()}<span>${SHOP_NAME}</span></a>
          ${frame.inBasket === null ? officeNav() : shopNav(frame.inBasket)}
        </header>
        <main id="main" tabindex="-1">${main}</main>
        <footer class="foot">
          <p><b>${SHOP_NAME}</b> · paper, pens and what goes with them</p>
          <p>
            A made-up shop, to show how one uses Countersign. Nothing is sold here; the bank and its cards are
            simulated. <a href="${BASE}/office">Office</a>
          </p>
        </footer>
      </body>
    </html>`;
}

/** A page with a turned corner, and a note beside the text. */
function brandMark(): Html {
  return html`<svg class="brand-mark" viewBox="0 0 32 32" width="30" height="30" aria-hidden="true">
    <path class="brand-page" d="M6 3h15l6 6v20H6z" />
    <path class="brand-note" d="M11 9v14M15 11h8M15 16h8M15 21h5" />
  </svg>`;
}

function shopNav(inBasket: number): Html {
  const shelves = Object.entries(SHELVES).map(
    ([id, name]) => html`<li><a href="${BASE}#${id}">${name}</a></li>`,
  );
  return html`<nav class="shelves" aria-label="Shelves">
      <ul>
        ${shelves}
      </ul>
    </nav>
    <nav class="tools" aria-label="You">
      <a class="tool" href="${BASE}/orders">Orders</a>
      <a class="tool tool-basket" href="${BASE}/basket"
        >Basket <span class="count${inBasket === 0 ? ' count-none' : ''}">${inBasket}</span></a
      >
    </nav>`;
}

function officeNav(): Html {
  return html`<nav class="tools" aria-label="Office">
    <a class="tool" href="${BASE}/office">All orders</a>
  </nav>`;
}

export type FormFields = {
  readonly action: string;
  readonly token: string;
  readonly fields: Child;
  readonly className?: string;
};

export function form({ action, token, fields, className }: FormFields): Html {
  return html`<form method="post" action="${action}" class="${className ?? 'form'}">
    <input type="hidden" name="token" value="${token}" />
    ${fields}
  </form>`;
}

export function notice(kind: 'bad' | 'good' | 'wait', title: string, text: Child): Html {
  return html`<div class="notice notice-${kind}" role="${kind === 'bad' ? 'alert' : 'status'}">
    <p class="notice-title">${title}</p>
    ${text === null ? null : html`<p>${text}</p>`}
  </div>`;
}

export function plainPage(frame: Frame, heading: string, text: string): Html {
  return page(
    frame,
    'plain',
    html`<section class="sheet plain">
      <h1>${heading}</h1>
      <p>${text}</p>
      <p class="ways"><a class="button" href="${BASE}">To the shop</a></p>
    </section>`,
  );
}
