import { button, notice, postForm } from '../../web/components.ts';
import { html, type Child, type Html } from '../../web/html.ts';
import { inputName, type AnswerFault } from './answers.ts';
import type { Field } from './form.ts';
import { declarePageOf } from './parts.ts';
import { DECLARE_TEXTS, type DeclareTexts } from './texts.ts';
import { declarePath, type Frame, type FormView } from './view.ts';

/**
 * The form as a page that needs no script (U3). The browser does not judge it, for it would stop at the first
 * fault without a word for who cannot see its bubble: the server does, says all faults at the top with a way
 * to each, and each one at its field.
 */
export function formPage(frame: Frame, view: FormView): Html {
  const texts = DECLARE_TEXTS[frame.language];
  const { words, faults } = view;
  const title = faults.size > 0 ? `${texts.problems(faults.size)} · ${words.title}` : words.title;
  return declarePageOf(frame, {
    name: 'form',
    title,
    main: html`<div class="declare-head" lang="${words.language}">
        <h1>${words.title}</h1>
        ${words.introduction === null ? null : html`<p class="lead">${words.introduction}</p>`}
      </div>
      ${view.notice === null ? null : notice('wait', 'notice', ...texts[view.notice])}
      ${faults.size === 0 ? null : summary(view, texts)}
      ${postForm({
        action: declarePath(frame),
        token: frame.formToken,
        attributes: html` class="declare-form" novalidate enctype="multipart/form-data"`,
        fields: html`<p class="hint">${texts.requiredNote}</p>
          <div class="card declare-fields" lang="${words.language}">
            ${words.fields.map((field) => fieldView(field, view, texts, frame))}
          </div>
          <div class="declare-go">
            ${button(texts.next)}
            <p class="hint">${texts.nextHint}</p>
          </div>`,
      })}`,
  });
}

/** Has focus when the page opens, so that it is the first thing read. */
function summary({ words, faults }: FormView, texts: DeclareTexts): Html {
  const rows = words.fields.flatMap((field) => {
    const fault = faults.get(field.name);
    if (fault === undefined) return [];
    return [
      html`<li>
        <a href="#${firstId(field)}"
          ><b lang="${words.language}">${field.title}</b> <span>${texts.fault[fault]}</span></a
        >
      </li>`,
    ];
  });
  return html`<div class="notice notice--error" id="problems" role="alert" tabindex="-1" autofocus>
    <h2 class="notice-title">${texts.problems(faults.size)}</h2>
    <p>${texts.problemsLead}</p>
    <ul>
      ${rows}
    </ul>
  </div>`;
}

const RADIOS_MAX = 6;

function isSet(field: Field): boolean {
  return field.kind === 'many' || (field.kind === 'one' && field.choices.length <= RADIOS_MAX);
}

function idOf(field: Field): string {
  return `field-${field.name}`;
}

/** The place that a link to the field leads to. */
function firstId(field: Field): string {
  return isSet(field) ? `${idOf(field)}-0` : idOf(field);
}

type Shown = {
  readonly field: Field;
  readonly values: readonly string[];
  readonly fault: AnswerFault | null;
  readonly texts: DeclareTexts;
  /** The language of the page, where the form is in another one. */
  readonly lang: Html;
};

function fieldView(field: Field, view: FormView, texts: DeclareTexts, frame: Frame): Html {
  const values = view.values.get(field.name) ?? [];
  const fault = view.faults.get(field.name) ?? null;
  const shown = { field, values, fault, texts, lang: html` lang="${frame.language}"` };
  if (isSet(field)) return choiceSet(shown);
  if (field.kind === 'tick') return tick(shown);
  return html`<div class="field${fault === null ? null : ' field--wrong'}">
    <label for="${idOf(field)}">${label(shown)}</label>
    ${hint(shown)} ${wrong(shown)}
    ${field.kind === 'one' ? select(shown) : field.kind === 'long' ? area(shown) : line(shown)}
  </div>`;
}

function label({ field, texts, lang }: Shown): Child {
  return html`${field.title}${
    field.required
      ? html` <span class="must" aria-hidden="true">*</span
          ><span class="hidden" ${lang}> (${texts.required})</span>`
      : null
  }`;
}

function hint({ field, texts, lang }: Shown): Child {
  const upTo =
    field.kind === 'long' && field.maxLength !== null
      ? html`<span ${lang}>${texts.upTo(field.maxLength)}</span>`
      : null;
  if (field.description === null && upTo === null) return null;
  return html`<p class="hint" id="${idOf(field)}-hint">${field.description} ${upTo}</p>`;
}

function wrong({ field, fault, texts, lang }: Shown): Child {
  if (fault === null) return null;
  return html`<p class="wrong" id="${idOf(field)}-wrong" ${lang}>
    <span class="hidden">${texts.error}: </span>${texts.fault[fault]}
  </p>`;
}

function described({ field, fault }: Shown): Html {
  const hasHint = field.description !== null || field.kind === 'long';
  const ids = [
    ...(hasHint ? [`${idOf(field)}-hint`] : []),
    ...(fault === null ? [] : [`${idOf(field)}-wrong`]),
  ].join(' ');
  return html`${ids === '' ? null : html` aria-describedby="${ids}"`}${
    fault === null ? null : html` aria-invalid="true"`
  }`;
}

const TYPES = {
  line: html` type="text"`,
  date: html` type="date"`,
  email: html` type="email" autocapitalize="off" spellcheck="false"`,
  uri: html` type="url" autocapitalize="off" spellcheck="false"`,
  tel: html` type="tel"`,
  integer: html` type="text" inputmode="numeric"`,
  number: html` type="text" inputmode="decimal"`,
} as const;

function line(shown: Shown): Html {
  const { field, values } = shown;
  const type = field.kind in TYPES ? TYPES[field.kind as keyof typeof TYPES] : TYPES.line;
  return html`<input
    class="input input--${field.kind}"
    id="${idOf(field)}"
    name="${inputName(field)}"
    value="${values[0] ?? ''}"
    ${type}
    ${field.maxLength === null ? null : html` maxlength="${field.maxLength}"`}
    ${field.autocomplete === null ? null : html` autocomplete="${field.autocomplete}"`}
    ${field.required ? html` required` : null}
    ${described(shown)}
  />`;
}

function area(shown: Shown): Html {
  const { field, values } = shown;
  return html`<textarea
    class="input"
    id="${idOf(field)}"
    name="${inputName(field)}"
    rows="6"
    maxlength="${field.maxLength}"
    ${field.required ? html` required` : null}
    ${described(shown)}
  >
${values[0] ?? ''}</textarea>`;
}

function select(shown: Shown): Html {
  const { field, values, texts, lang } = shown;
  return html`<select
    class="input"
    id="${idOf(field)}"
    name="${inputName(field)}"
    ${field.required ? html` required` : null}
    ${described(shown)}
  >
    <option value="" ${lang}>${texts.pleaseChoose}</option>
    ${field.choices.map(
      ({ value, title }) =>
        html`<option value="${value}" ${values.includes(value) ? html` selected` : null}>${title}</option>`,
    )}
  </select>`;
}

function choiceSet(shown: Shown): Html {
  const { field, values, fault } = shown;
  const isMany = field.kind === 'many';
  return html`<fieldset class="field${fault === null ? null : ' field--wrong'}" ${described(shown)}>
    <legend>${label(shown)}</legend>
    ${hint(shown)} ${wrong(shown)}
    ${field.choices.map(
      ({ value, title }, i) =>
        html`<div class="check">
          <input
            type="${isMany ? 'checkbox' : 'radio'}"
            id="${idOf(field)}-${i}"
            name="${inputName(field)}"
            value="${value}"
            ${values.includes(value) ? html` checked` : null}
            ${field.required && !isMany ? html` required` : null}
          />
          <label for="${idOf(field)}-${i}">${title}</label>
        </div>`,
    )}
  </fieldset>`;
}

function tick(shown: Shown): Html {
  const { field, values, fault } = shown;
  return html`<div class="field${fault === null ? null : ' field--wrong'}">
    ${wrong(shown)}
    <div class="check">
      <input
        type="checkbox"
        id="${idOf(field)}"
        name="${inputName(field)}"
        value="true"
        ${values.includes('true') ? html` checked` : null}
        ${field.required ? html` required` : null}
        ${described(shown)}
      />
      <label for="${idOf(field)}">${label(shown)}</label>
    </div>
    ${hint(shown)}
  </div>`;
}
