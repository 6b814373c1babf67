import { LANGUAGES, type Language } from '../std/language.ts';
import { html, type Child, type Html } from './html.ts';
import { LANGUAGE_NAMES } from './language.ts';
import { FORM_TOKEN_FIELD } from './form-token.ts';

/**
 * The parts that pages are made of. Each is a function of what it shows; how it looks is the stylesheet's.
 */

export type ButtonKind = 'primary' | 'quiet' | 'danger' | 'link';

export function button(label: Child, kind: ButtonKind = 'primary', attributes: Child = null): Html {
  return html`<button type="submit" class="button button--${kind}" ${attributes}>${label}</button>`;
}

export function linkButton(href: string, label: Child, kind: ButtonKind = 'primary'): Html {
  return html`<a class="button button--${kind}" href="${href}">${label}</a>`;
}

export type FormPost = {
  readonly action: string;
  readonly token: string;
  readonly fields: Child;
  readonly attributes?: Child;
};

/**
 * A form that posts, with its token against cross-site posts; there is no other kind of form in the pages.
 */
export function postForm(form: FormPost): Html {
  return html`<form method="post" action="${form.action}" ${form.attributes ?? null}>
    <input type="hidden" name="${FORM_TOKEN_FIELD}" value="${form.token}" />
    ${form.fields}
  </form>`;
}

export function card(body: Child, kind = ''): Html {
  return html`<section class="card${kind === '' ? null : ` card--${kind}`}">${body}</section>`;
}

export type NoticeKind = 'error' | 'wait' | 'good';

/** An error is announced at once, the others when the reader pauses. */
export function notice(kind: NoticeKind, id: string, title: Child, text: Child = null): Html {
  const role = kind === 'good' ? 'status' : 'alert';
  return html`<div class="notice notice--${kind}" id="${id}" role="${role}">
    <p class="notice-title">${title}</p>
    ${text === null ? null : html`<p>${text}</p>`}
  </div>`;
}

export type Detail = { readonly term: string; readonly value: Child; readonly kind?: 'number' | 'text' };

export function definitionList(details: readonly Detail[]): Html | null {
  if (details.length === 0) return null;
  const rows = details.map(
    ({ term, value, kind = 'text' }) =>
      html`<div class="detail">
        <dt>${term}</dt>
        <dd class="detail--${kind}">${value}</dd>
      </div>`,
  );
  return html`<dl class="details">${rows}</dl>`;
}

/** "FR7630006000" as "FR76 3000 6000", as people compare account numbers. */
export function inGroupsOfFour(text: string): string {
  return text.replace(/(.{4})(?=.)/gu, '$1 ');
}

export type CodeField = {
  readonly digits: number;
  readonly label: string;
  readonly title: string;
  readonly describedBy: readonly string[];
  readonly invalid: boolean;
};

/**
 * One field for all digits, so that pasting, autofill and screen readers work; the slots are drawn by the
 * stylesheet. The field has focus when the page opens: its description says what the code is for.
 */
export function codeField(field: CodeField): Html {
  const { digits } = field;
  return html`<label class="code-label" for="code">${field.label}</label>
    <input
      class="code code--${digits}"
      id="code"
      name="code"
      type="text"
      inputmode="numeric"
      autocomplete="one-time-code"
      autocapitalize="off"
      autocorrect="off"
      spellcheck="false"
      enterkeyhint="send"
      required
      autofocus
      pattern="[0-9]{${digits}}"
      maxlength="${digits}"
      title="${field.title}"
      aria-describedby="${field.describedBy.join(' ')}"
      ${field.invalid ? html` aria-invalid="true"` : null}
    />`;
}

export type Countdown = {
  readonly leftMs: number;
  /** The whole validity, for the length of the bar. */
  readonly ofMs: number;
  /** What stands there without a script: until when, with a `<time>`. */
  readonly fallback: Child;
  /** With `{time}` where the script writes minutes and seconds. */
  readonly running: string;
};

export function countdown(count: Countdown): Html {
  return html`<div
    class="countdown"
    data-countdown
    data-left-ms="${count.leftMs}"
    data-of-ms="${count.ofMs}"
    data-running="${count.running}"
  >
    <span class="countdown-bar" aria-hidden="true"></span>
    <p class="countdown-text">${count.fallback}</p>
  </div>`;
}

/** `path` is the page itself: what was posted to it is not where a language leads. */
export function languageSwitch(label: string, current: Language, path = ''): Html {
  const links = LANGUAGES.map(
    (language) =>
      html`<li>
        <a
          href="${path}?lang=${language}"
          lang="${language}"
          hreflang="${language}"
          title="${LANGUAGE_NAMES[language]}"
          ${language === current ? html` aria-current="true"` : null}
          ><abbr aria-hidden="true">${language.toUpperCase()}</abbr
          ><span class="hidden">${LANGUAGE_NAMES[language]}</span></a
        >
      </li>`,
  );
  return html`<nav class="languages" aria-label="${label}">
    <ul>
      ${links}
    </ul>
  </nav>`;
}

export type SealKind = 'good' | 'stopped' | 'late' | 'locked' | 'lost';

const GLYPHS = {
  good: 'M38 61l15 15 30-33',
  stopped: 'M44 44l32 32M76 44L44 76',
  late: 'M60 40v21l13 9',
  locked: 'M45 57h30v22H45zM51 57v-7a9 9 0 0 1 18 0v7',
  lost: 'M50 50a10 10 0 1 1 14 9c-3 1.5-4 3.5-4 7M60 77v.5',
} as const satisfies Record<SealKind, string>;

const PETALS = 18;

/** The stamp on a page that has come to its end: a rosette as on bank notes, and a sign in its middle. */
export function seal(kind: SealKind): Html {
  const petals = Array.from(
    { length: PETALS },
    (_, i) =>
      html`<ellipse cx="60" cy="60" rx="55" ry="39" transform="rotate(${i * (180 / PETALS)} 60 60)" />`,
  );
  return html`<svg
    class="seal seal--${kind}"
    viewBox="0 0 120 120"
    width="132"
    height="132"
    aria-hidden="true"
    focusable="false"
  >
    <g class="seal-rosette">${petals}</g>
    <circle class="seal-disc" cx="60" cy="60" r="35" />
    <path class="seal-glyph" d="${GLYPHS[kind]}" />
  </svg>`;
}
