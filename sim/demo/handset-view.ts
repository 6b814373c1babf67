import type { WebAssets } from '../../src/web/assets.ts';
import { html, type Html } from '../../src/web/html.ts';
import { layout, siteHeader } from '../../src/web/layout.ts';
import { isoTime } from '../../src/std/clock.ts';
import { codeIn, type HandsetMessage } from '../handset.ts';
import type { DemoAssets } from './assets.ts';

export function handsetPath(number: string | null, below = ''): string {
  return `/handset${below}${number === null ? '' : `?number=${encodeURIComponent(number)}`}`;
}

/** A phone, as far as a page can be one: choose a number, and read what comes to it. */
export type HandsetView = {
  readonly numbers: readonly string[];
  /** The one that is shown; null when there is none yet. */
  readonly number: string | null;
  /** Oldest first. */
  readonly messages: readonly HandsetMessage[];
};

export function handsetPage(view: HandsetView, web: WebAssets, demo: DemoAssets): Html {
  return layout({
    language: 'en',
    title: view.number === null ? 'Handset' : `Handset ${view.number}`,
    assets: web,
    kind: 'handset',
    skipLabel: 'Go to the messages',
    header: siteHeader('/handset'),
    main: html`<div class="handset">
      <div class="handset-side">
        <h1>The phone</h1>
        <p>
          It stands for the device that only one person holds. Its messages come from a simulated mobile
          operator, over SMPP, as they would from a real one.
        </p>
        ${numbers(view)}
        <p class="handset-hint">
          Each message says first what is being confirmed. Compare that with the page, then bring the code
          back by hand.
        </p>
      </div>
      ${phone(view)}
    </div>`,
    sheets: [demo.href('demo.css')],
    scripts: [demo.href('handset.js')],
  });
}

function numbers(view: HandsetView): Html {
  if (view.numbers.length === 0) return html`<p class="handset-none">No number has had a message yet.</p>`;
  return html`<nav aria-label="Numbers">
    <ul class="numbers">
      ${view.numbers.map(
        (number) =>
          html`<li>
            <a href="${handsetPath(number)}" ${number === view.number ? html` aria-current="true"` : null}
              >${number}</a
            >
          </li>`,
      )}
    </ul>
  </nav>`;
}

function phone(view: HandsetView): Html {
  const events = handsetPath(view.number, '/events');
  return html`<section class="phone" aria-label="Messages of ${view.number ?? 'no number'}">
    <div class="phone-screen">
      <div class="phone-status" aria-hidden="true">
        <span>Acme Mobile</span><span class="phone-island"></span><span class="phone-bars"></span>
      </div>
      <p class="phone-title">${view.number ?? 'Messages'}</p>
      <div class="inbox" id="inbox" data-events="${events}" role="log" aria-label="Messages" tabindex="0">
        ${
          view.messages.length === 0
            ? html`<p class="inbox-empty">No messages yet. They appear here as they arrive.</p>`
            : html`<ol>
                ${view.messages.map(bubble)}
              </ol>`
        }
      </div>
    </div>
  </section>`;
}

function bubble(message: HandsetMessage): Html {
  const time = isoTime(message.at);
  return html`<li class="sms">
    <p class="sms-head"><b>${message.from}</b> <time datetime="${time}">${time.slice(11, 16)} UTC</time></p>
    <div class="sms-text">${lines(message.text)}</div>
  </li>`;
}

/**
 * The text in clear, line by line; the code stands out where the act's sentence names it, and can be marked
 * whole.
 */
function lines(text: string): Html[] {
  const code = codeIn(text);
  const all = text.split('\n').filter((line) => line.trim() !== '');
  return all.map((line, i) => {
    if (code === null) return html`<p>${line}</p>`;
    if (i === all.length - 1) return html`<p class="sms-origin">${line}</p>`;
    const [before = '', ...after] = line.split(code);
    if (after.length === 0) return html`<p>${line}</p>`;
    return html`<p>${before}<b class="sms-code" data-code>${code}</b>${after.join(code)}</p>`;
  });
}
