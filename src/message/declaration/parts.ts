import type { JsonValue } from '../../evidence/json.ts';
import { languageSwitch, linkButton, seal, type SealKind } from '../../web/components.ts';
import { html, type Child, type Html } from '../../web/html.ts';
import { layout, wordmark } from '../../web/layout.ts';
import type { Field, Worded } from './form.ts';
import { DECLARE_TEXTS, type DeclareTexts } from './texts.ts';
import { declarePath, type Frame } from './view.ts';

/** What the pages of declarations have in common. */
export type DeclarePage = {
  readonly title: string;
  readonly main: Child;
  /** Sets the page apart in the stylesheet. */
  readonly name: 'form' | 'review' | 'receipt' | 'sign-in' | 'inbox' | 'end';
};

export function declarePageOf(frame: Frame, page: DeclarePage): Html {
  const { assets, language, client } = frame;
  const texts = DECLARE_TEXTS[language];
  const initial = Array.from(client.trim())[0]?.toUpperCase();
  return layout({
    language,
    title: `${page.title} · ${client}`,
    assets,
    kind: 'declare',
    skipLabel: texts.skip,
    header: html`<span class="asker"
        ><span class="monogram" aria-hidden="true">${initial}</span><span>${client}</span></span
      >
      ${frame.path === null ? null : languageSwitch(texts.languages, language, frame.path)}`,
    main: html`<div class="declare declare--${page.name}">${page.main}</div>`,
    footer: wordmark(),
    sheets: [assets.href('declare.css')],
  });
}

/** A page that says one thing, and where to go on. */
export function endPage(
  frame: Frame,
  kind: SealKind,
  [title, text]: readonly [string, string],
  way: boolean,
): Html {
  return declarePageOf(frame, {
    name: 'end',
    title,
    main: html`<div class="card card--end">
      ${seal(kind)}
      <h1>${title}</h1>
      <p>${text}</p>
      ${way ? linkButton(declarePath(frame), DECLARE_TEXTS[frame.language].receipt.again, 'quiet') : null}
    </div>`,
  });
}

/** All answers, also those that were not given, in the words of the form. */
export function answerList(
  words: Worded,
  answers: Readonly<Record<string, JsonValue>>,
  texts: DeclareTexts,
): Html {
  const rows = words.fields.map((field) => {
    const value = Object.hasOwn(answers, field.name) ? answers[field.name] : undefined;
    return html`<div class="detail">
      <dt>${field.title}</dt>
      <dd class="answer answer--${field.kind}">${answerText(field, value, texts)}</dd>
    </div>`;
  });
  return html`<dl class="details" lang="${words.language}">${rows}</dl>`;
}

function answerText(field: Field, value: JsonValue | undefined, texts: DeclareTexts): Child {
  const titleOf = (chosen: JsonValue) =>
    field.choices.find(({ value: own }) => own === chosen)?.title ?? plain(chosen);
  if (typeof value === 'boolean') return value ? texts.review.yes : texts.review.no;
  if (value === undefined || (Array.isArray(value) && value.length === 0))
    return html`<span class="unanswered">${texts.review.none}</span>`;
  if (Array.isArray(value)) {
    return html`<ul>
      ${(value as readonly JsonValue[]).map((each) => html`<li>${titleOf(each)}</li>`)}
    </ul>`;
  }
  return field.kind === 'one' ? titleOf(value) : plain(value);
}

function plain(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
