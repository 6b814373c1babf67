import type { Language } from '../../std/language.ts';
import type { WebAssets } from '../../web/assets.ts';
import { button, card, languageSwitch, notice, seal, type SealKind } from '../../web/components.ts';
import { html, type Child, type Html } from '../../web/html.ts';
import { layout, wordmark } from '../../web/layout.ts';
import type { Judgement } from '../judge.ts';
import type { LogKeys } from '../key.ts';
import { checksView, linesView } from './checks-view.ts';
import { recordsView } from './records-view.ts';
import { VERIFY_TEXTS, type VerifyTexts } from './texts.ts';

/**
 * The public page on which anybody has a receipt or a certificate verified. It works without a script, asks
 * who nobody is, and keeps nothing.
 */
export type VerifyPage = {
  readonly language: Language;
  readonly assets: WebAssets;
  readonly keys: LogKeys;
  /** What came of what was handed over; null on the first visit. */
  readonly result: Judgement | NotJudged | null;
};

type NotJudged = { readonly kind: 'nothing' | 'tooLarge' };

export const VERIFY_PATH = '/verify';

export function verifyPage(page: VerifyPage): Html {
  const { language, assets, keys, result } = page;
  const texts = VERIFY_TEXTS[language];
  const judged = result === null || isNotJudged(result) ? null : result;
  return layout({
    language,
    title: judged === null ? texts.title : `${titleOf(judged, texts)} · ${texts.title}`,
    assets,
    kind: 'verify',
    skipLabel: texts.skip,
    header: html`${wordmark()}${languageSwitch(texts.languages, language, VERIFY_PATH)}`,
    main: html`${
        judged === null
          ? html`<div class="verify-head">
              <h1>${texts.title}</h1>
              <p class="lead">${texts.lead}</p>
            </div>`
          : resultView(judged, page, texts)
      }
      <div class="verify-ways">
        ${card(formView(page, texts, judged !== null), 'form')} ${card(offlineView(keys, texts), 'offline')}
      </div>`,
    sheets: [assets.href('verify.css')],
  });
}

const SEALS = {
  own: 'good',
  other: 'lost',
  fails: 'stopped',
  impostor: 'stopped',
  unreadable: 'lost',
} as const satisfies Record<Judgement['kind'], SealKind>;

/** Green only for a receipt of our own log that holds; red for one that does not; else neither. */
const COLOURS = {
  own: 'good',
  other: 'neither',
  fails: 'bad',
  impostor: 'bad',
  unreadable: 'neither',
} as const satisfies Record<Judgement['kind'], string>;

function isNotJudged(result: Judgement | NotJudged): result is NotJudged {
  return result.kind === 'nothing' || result.kind === 'tooLarge';
}

function titleOf(result: Judgement, texts: VerifyTexts): string {
  return texts.verdict[result.kind][0];
}

function textOf(result: Judgement, own: string, texts: VerifyTexts): string {
  const { verdict } = texts;
  if (result.kind === 'own') return verdict.own[1](own);
  if (result.kind === 'other') return verdict.other[1](result.receipt.origin, own);
  if (result.kind === 'impostor') return verdict.impostor[1](own);
  return verdict[result.kind][1];
}

function resultView(result: Judgement, { keys, language }: VerifyPage, texts: VerifyTexts): Html {
  const head = html`<div class="verdict-head">
    ${seal(SEALS[result.kind])}
    <div role="status">
      <h1>${titleOf(result, texts)}</h1>
      <p>${textOf(result, keys.origin, texts)}</p>
      ${result.kind === 'unreadable' ? html`<p class="verdict-detail" lang="en">${result.detail}</p>` : null}
    </div>
  </div>`;
  const kind = `verdict verdict--${COLOURS[result.kind]}`;
  if (result.kind === 'unreadable') return html`<section class="card ${kind}">${head}</section>`;
  const lines = 'receipt' in result ? result.receipt.lines : result.lines;
  return html`<section class="card ${kind}">
      ${head} ${result.from === 'pdf' ? html`<p class="verdict-note">${texts.ofPdf}</p>` : null}
      ${checksView(result, language, texts)} ${linesView(lines, texts)}
    </section>
    ${'receipt' in result ? recordsView(result.receipt, language, texts) : null}`;
}

function formView({ result, language }: VerifyPage, texts: VerifyTexts, again: boolean): Html {
  const kind = result !== null && isNotJudged(result) ? result.kind : null;
  const described = html`aria-describedby="file-hint${kind === null ? null : ' notice'}"`;
  return html`<h2>${again ? texts.again : texts.form}</h2>
    ${kind === null ? null : notice('error', 'notice', texts.verdict[kind][0], texts.verdict[kind][1])}
    <form
      method="post"
      action="${VERIFY_PATH}?lang=${language}"
      enctype="multipart/form-data"
      class="verify-form"
    >
      <div class="field">
        <label for="file">${texts.file}</label>
        <input
          class="drop"
          id="file"
          name="file"
          type="file"
          accept=".json,.pdf,application/json,application/pdf"
          ${described}
        />
        <p class="field-hint" id="file-hint">${texts.fileHint}</p>
      </div>
      <details class="paste">
        <summary><span class="paste-or">${texts.or}</span> ${texts.paste}</summary>
        <div class="field">
          <label for="text" class="hidden">${texts.paste}</label>
          <textarea
            class="input"
            id="text"
            name="text"
            rows="7"
            spellcheck="false"
            autocomplete="off"
            aria-describedby="text-hint"
          ></textarea>
          <p class="field-hint" id="text-hint">${texts.pasteHint}</p>
        </div>
      </details>
      ${button(texts.button)}
      <p class="field-hint">${texts.stored}</p>
    </form>`;
}

function offlineView(keys: LogKeys, texts: VerifyTexts): Html {
  const key = keys.verifiers[0]?.text ?? '';
  return html`<h2>${texts.offlineTitle}</h2>
    <p>${texts.offlineText}</p>
    ${codeBlock('countersign verify certificate.pdf \\\n  --key "…"')}
    <p class="own-key">${texts.ownKey(keys.origin)} <a href="/log/key">/log/key</a></p>
    ${codeBlock(key)}`;
}

function codeBlock(text: Child): Html {
  return html`<pre class="verify-code"><code>${text}</code></pre>`;
}
