/** What a verified receipt says, event by event: plain words, the public facts, and the contents that it opens. */
import type { Language } from '../../std/language.ts';
import { html, type Child, type Html } from '../../web/html.ts';
import { eventText } from '../event-texts.ts';
import type { JsonValue } from '../json.ts';
import type { VerifiedReceipt, VerifiedRecord } from '../verify.ts';
import { timeInWords } from './checks-view.ts';
import type { VerifyTexts } from './texts.ts';

const RECORDS_MAX = 200;
const ITEMS_MAX = 100;
const DEPTH_MAX = 6;
const TEXT_MAX_LENGTH = 4000;

export function recordsView(receipt: VerifiedReceipt, language: Language, texts: VerifyTexts): Html {
  const shown = receipt.records.slice(0, RECORDS_MAX);
  const left = receipt.records.length - shown.length;
  return html`<section class="card records" aria-labelledby="records">
    <h2 id="records">${texts.says(receipt.subject)}</h2>
    <ol class="story">
      ${shown.map((record) => recordView(record, language, texts))}
    </ol>
    ${left === 0 ? null : html`<p>${texts.more(left)}</p>`}
  </section>`;
}

function recordView({ entry, index, opened }: VerifiedRecord, language: Language, texts: VerifyTexts): Html {
  const words = eventText(language, entry.type);
  return html`<li class="event">
    <p class="event-time"><time datetime="${entry.time}">${timeInWords(entry.time, language)}</time></p>
    <h3>${words ?? entry.type}</h3>
    <p class="event-name">
      <code>${entry.type}</code> · ${texts.entry(new Intl.NumberFormat(language).format(index))}
    </p>
    ${fieldsView(opened, texts.none, (name) => texts.fields[name] ?? html`<code>${name}</code>`)}
    ${factsView(entry.facts, texts)}
  </li>`;
}

function fieldsView(
  fields: Readonly<Record<string, JsonValue>>,
  none: string,
  nameOf: (name: string) => Child,
): Html | null {
  const entries = Object.entries(fields);
  if (entries.length === 0) return null;
  return html`<dl class="details event-fields">
    ${entries.map(
      ([name, value]) =>
        html`<div class="detail">
          <dt>${nameOf(name)}</dt>
          <dd>${valueView(value, none, 0)}</dd>
        </div>`,
    )}
  </dl>`;
}

/** Public for ever and about no person, so small and by their own names. */
function factsView(facts: Readonly<Record<string, JsonValue>>, texts: VerifyTexts): Html | null {
  const entries = Object.entries(facts);
  if (entries.length === 0) return null;
  return html`<p class="facts">
    <span class="hidden">${texts.facts}: </span>
    ${entries.map(([name, value]) => html`<span class="fact"><code>${name}</code> ${flat(value)}</span> `)}
  </p>`;
}

function flat(value: JsonValue): string {
  return cut(typeof value === 'string' ? value : JSON.stringify(value));
}

function valueView(value: JsonValue, none: string, depth: number): Child {
  if (value === null) return none;
  if (typeof value !== 'object') return html`<span class="value">${cut(String(value))}</span>`;
  if (depth === DEPTH_MAX) return html`<code>${flat(value)}</code>`;
  if (isList(value)) {
    if (value.length === 0) return none;
    const items = value.slice(0, ITEMS_MAX).map((item) => html`<li>${valueView(item, none, depth + 1)}</li>`);
    return html`<ol class="values">
      ${items}${value.length > ITEMS_MAX ? html`<li>…</li>` : null}
    </ol>`;
  }
  return html`<dl class="members">
    ${Object.entries(value)
      .slice(0, ITEMS_MAX)
      .map(
        ([name, member]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${valueView(member, none, depth + 1)}</dd>
          </div>`,
      )}
  </dl>`;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function cut(text: string): string {
  return text.length <= TEXT_MAX_LENGTH ? text : `${text.slice(0, TEXT_MAX_LENGTH)}…`;
}
