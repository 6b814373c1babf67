import { button, card, linkButton, postForm, seal } from '../../web/components.ts';
import { html, type Child, type Html } from '../../web/html.ts';
import { timeText } from '../mailbox/parts.ts';
import type { Declarant } from './declaration.ts';
import { answerList, declarePageOf } from './parts.ts';
import { DECLARE_TEXTS } from './texts.ts';
import { declarePath, type DeclarationView, type Frame, type InboxView } from './view.ts';

/** The numbered receipt, at once after the code (U3). */
export function receiptPage(frame: Frame, view: DeclarationView): Html {
  const texts = DECLARE_TEXTS[frame.language];
  const t = texts.receipt;
  return declarePageOf(frame, {
    name: 'receipt',
    title: `${t.title} · ${texts.number} ${view.number}`,
    main: html`<div class="sheet">
      ${card(
        html`${seal('good')}
          <h1>${t.title}</h1>
          <p class="declare-number"><span>${texts.number}</span> ${view.number}</p>
          <p>${t.lead(frame.client)}</p>
          ${facts(frame, view)}
          <h2>${t.proof}</h2>
          <p>${t.proofText}</p>
          ${proofs(frame, `/receipts/${view.id}`)}`,
        'act',
      )}
      ${card(
        html`<h2>${texts.review.answers}</h2>
          ${answerList(view.words, view.content.answers, texts)}`,
        'answers',
      )}
    </div>`,
  });
}

/** One declaration as the staff reads it. */
export function readingPage(frame: Frame, view: DeclarationView): Html {
  const texts = DECLARE_TEXTS[frame.language];
  return declarePageOf(frame, {
    name: 'receipt',
    title: `${texts.number} ${view.number} · ${view.words.title}`,
    main: html`<p class="declare-back">
        <a href="${declarePath(frame, '/inbox')}">${texts.inbox.back}</a>
      </p>
      <div class="sheet">
        ${card(
          html`<p class="eyebrow" lang="${view.words.language}">${view.words.title}</p>
            <h1><span>${texts.number}</span> ${view.number}</h1>
            ${answerList(view.words, view.content.answers, texts)}`,
          'answers',
        )}
        ${card(
          html`<h2>${texts.receipt.proof}</h2>
            ${facts(frame, view)} ${proofs(frame, `/inbox/${view.id}`)}`,
          'act',
        )}
      </div>`,
  });
}

function proofs(frame: Frame, below: string): Html {
  const t = DECLARE_TEXTS[frame.language].receipt;
  return html`<p class="declare-proofs">
    ${linkButton(declarePath(frame, `${below}/certificate.pdf`), t.pdf)}
    ${linkButton(declarePath(frame, `${below}/receipt.json`), t.json, 'quiet')}
  </p>`;
}

function facts(frame: Frame, view: DeclarationView): Html {
  const texts = DECLARE_TEXTS[frame.language];
  const t = texts.receipt;
  const rows: [string, Child][] = [
    [t.at, timeText(view.receivedAtMs, frame.language, 'long')],
    [t.by, whoIs(view.declarant)],
    [t.form, html`<span lang="${view.words.language}">${view.words.title}</span>`],
    [texts.review.fingerprint, html`<span class="mono">${view.fingerprint}</span>`],
  ];
  return html`<dl class="details">
    ${rows.map(
      ([term, value]) =>
        html`<div class="detail">
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function whoIs({ name, number }: Declarant): Html {
  return name === null ? html`${number}` : html`${name} <span class="mono">${number}</span>`;
}

/** What was declared on a form, the newest first, for its staff. */
export function inboxPage(frame: Frame, view: InboxView): Html {
  const texts = DECLARE_TEXTS[frame.language];
  const t = texts.inbox;
  const rows = view.rows.map(
    (row) =>
      html`<li>
        <a href="${declarePath(frame, `/inbox/${row.id}`)}">${row.number}</a>
        <span>${timeText(row.receivedAtMs, frame.language, 'short')}</span>
        <span>${whoIs(row.declarant)}</span>
      </li>`,
  );
  return declarePageOf(frame, {
    name: 'inbox',
    title: `${t.title} · ${view.title}`,
    main: html`<div class="declare-head">
        <div>
          <p class="eyebrow">${view.title}</p>
          <h1>${t.title}</h1>
        </div>
        ${postForm({
          action: declarePath(frame, '/sign-out'),
          token: frame.formToken,
          fields: button(t.signOut, 'link'),
        })}
      </div>
      ${
        rows.length === 0
          ? card(html`<p>${t.none}</p>`)
          : html`<ol class="card declare-list" aria-label="${t.title}">
              ${rows}
            </ol>`
      }
      ${view.olderPath === null ? null : linkButton(view.olderPath, t.older, 'quiet')}`,
  });
}
