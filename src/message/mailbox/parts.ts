import { isoTime } from '../../std/clock.ts';
import type { Language } from '../../std/language.ts';
import { button, languageSwitch, postForm } from '../../web/components.ts';
import { html, type Child, type Html } from '../../web/html.ts';
import { layout, wordmark } from '../../web/layout.ts';
import type { MessageState, ShownParty } from '../message.ts';
import type { Role } from '../verbs.ts';
import { MAIL_TEXTS, type MailTexts } from './texts.ts';
import { mailPath, type Frame } from './view.ts';

/** What the pages of registered messages have in common: their frame, and how they write times and sizes. */
export type MailPage = {
  readonly title: string;
  readonly main: Child;
  /** Sets the page apart in the stylesheet. */
  readonly name: 'sign-in' | 'list' | 'compose' | 'message' | 'reading';
  readonly scripts?: readonly 'compose.js'[];
};

export function mailPage(frame: Frame, page: MailPage): Html {
  const { assets, language, client } = frame;
  const texts = MAIL_TEXTS[language];
  return layout({
    language,
    title: `${page.title} · ${client.name}`,
    assets,
    kind: 'mail',
    skipLabel: texts.skip,
    header: header(frame, page, texts),
    main: html`<div class="mail mail--${page.name}">${page.main}</div>`,
    footer: wordmark(),
    sheets: [assets.href('mail.css')],
    scripts: ['mail.js' as const, ...(page.scripts ?? [])].map((name) => assets.href(name)),
  });
}

function header(frame: Frame, page: MailPage, texts: MailTexts): Html {
  const { client, person, language } = frame;
  const initial = Array.from(client.name.trim())[0]?.toUpperCase();
  const places = [
    ['', texts.mailbox, page.name === 'list'],
    ['/new', texts.write, page.name === 'compose'],
  ] as const;
  return html`<a class="asker asker--home" href="${mailPath(client.id)}"
      ><span class="monogram" aria-hidden="true">${initial}</span><span>${client.name}</span></a
    >
    ${
      person === null
        ? null
        : html`<nav class="places" aria-label="${texts.pages}">
            <ul>
              ${places.map(
                ([below, name, isHere]) =>
                  html`<li>
                    <a href="${mailPath(client.id, below)}" ${isHere ? html` aria-current="page"` : null}
                      >${name}</a
                    >
                  </li>`,
              )}
            </ul>
          </nav>`
    }
    ${languageSwitch(texts.languages, language, frame.path)}
    ${
      person === null
        ? null
        : html`<div class="who">
            <span class="hidden">${texts.signedInAs(person)}</span>
            <span class="who-name" aria-hidden="true">${person}</span>
            ${postForm({
              action: mailPath(client.id, '/sign-out'),
              token: frame.formToken,
              fields: button(texts.signOut, 'link'),
            })}
          </div>`
    }`;
}

type TimeStyle = 'short' | 'long' | 'day';

const STYLES: Readonly<Record<TimeStyle, Intl.DateTimeFormatOptions>> = {
  short: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  long: {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  },
  day: { day: 'numeric', month: 'long', year: 'numeric' },
};

/** In UTC, as the server knows no other zone; the script writes it in the reader's own. */
export function timeText(atMs: number, language: Language, style: TimeStyle, kind = ''): Html {
  const text = new Intl.DateTimeFormat(language, { ...STYLES[style], timeZone: 'UTC' }).format(atMs);
  const zone = style === 'day' ? '' : '\u00a0UTC';
  return html`<time class="${kind}" datetime="${isoTime(atMs)}" data-time="${style}">${text}${zone}</time>`;
}

const KILO = 1024;

/** "312 kB", in the language's own digits. */
export function sizeText(bytes: number, language: Language): string {
  const [plain, kilo, mega] = MAIL_TEXTS[language].size;
  const [value, unit] =
    bytes < KILO ? [bytes, plain] : bytes < KILO * KILO ? [bytes / KILO, kilo] : [bytes / KILO / KILO, mega];
  const digits = value < 10 && unit !== plain ? 1 : 0;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value)}\u00a0${unit}`;
}

/** A state as one word or two, with its colour. */
export function pill(state: MessageState, role: Role, texts: MailTexts): Html {
  return html`<span class="pill pill--${state}">${texts.state[role][state][0]}</span>`;
}

/** Null once the person was erased. */
export function partyName(party: ShownParty | null): string {
  return party?.name ?? '—';
}

export function partyView(party: ShownParty | null): Html {
  if (party === null) return html`—`;
  const number = party.number.replaceAll(' ', '\u00a0');
  return party.name === party.number
    ? html`<b>${number}</b>`
    : html`<b>${party.name}</b> <span class="number">${number}</span>`;
}
