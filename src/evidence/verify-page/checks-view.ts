/** What the public page says was checked: one line for each check in the reader's language; and all lines below. */
import type { Language } from '../../std/language.ts';
import { html, type Child, type Html } from '../../web/html.ts';
import type { VerifiedTimeStamp } from '../check-time-stamp.ts';
import type { Judgement } from '../judge.ts';
import type { Check, Line } from '../verify.ts';
import type { VerifyTexts } from './texts.ts';

type Mark = Line['verdict'];
type Row = { readonly mark: Mark; readonly text: Child };
type Judged = Exclude<Judgement, { kind: 'unreadable' }>;

const MARKS = { holds: '✓', fails: '✕', note: 'i' } as const satisfies Record<Mark, string>;

export function checksView(result: Judged, language: Language, texts: VerifyTexts): Html {
  const rows = rowsOf(result, language, texts);
  return html`<h2>${texts.checks}</h2>
    <ul class="checks">
      ${rows.map(
        ({ mark, text }) =>
          html`<li class="check check--${mark}">
            <span class="check-mark" aria-hidden="true">${MARKS[mark]}</span>
            <span><span class="hidden">${texts.marks[mark]}: </span>${text}</span>
          </li>`,
      )}
    </ul>`;
}

function rowsOf(result: Judged, language: Language, texts: VerifyTexts): Row[] {
  const lines = 'receipt' in result ? result.receipt.lines : result.lines;
  const rows: Row[] = [];
  const add = (check: 'issuer' | 'checkpoint' | 'inclusion', ...also: Check[]): void => {
    const mark = markOf(lines, [check, ...also]);
    // A check that had nothing to stand on, because another had failed before, is not listed.
    if (mark === 'holds' || mark === 'fails') rows.push({ mark, text: texts[check][mark] });
  };
  add('issuer');
  add('checkpoint');
  add('inclusion', 'entry');
  const contents = marksOf(lines, ['contents']);
  if (contents.has('fails')) rows.push({ mark: 'fails', text: texts.contents.fails });
  else if (contents.has('holds')) rows.push({ mark: 'holds', text: texts.contents.holds });
  if (contents.has('note')) rows.push({ mark: 'note', text: texts.contents.note });
  const stamp = 'receipt' in result ? result.receipt.timeStamp : null;
  if (stamp) rows.push(stampRow(stamp, language, texts));
  else if (markOf(lines, ['timestamp']) === 'fails')
    rows.push({ mark: 'fails', text: texts.timestamp.fails });
  const keys = keysRow(result, lines, texts);
  return keys === null ? rows : [...rows, keys];
}

/** Fails when any line fails; else holds when any does. */
function markOf(lines: readonly Line[], checks: readonly Check[]): Mark | null {
  const marks = marksOf(lines, checks);
  return (['fails', 'holds', 'note'] as const).find((mark) => marks.has(mark)) ?? null;
}

function marksOf(lines: readonly Line[], checks: readonly Check[]): ReadonlySet<Mark> {
  return new Set(lines.filter((line) => checks.includes(line.about)).map((line) => line.verdict));
}

function stampRow(stamp: VerifiedTimeStamp, language: Language, texts: VerifyTexts): Row {
  if (stamp.status !== 'stamped') return { mark: 'note', text: texts.timestamp[stamp.status] };
  const { stamped, certified, uncertified } = texts.timestamp;
  const at = timeInWords(stamp.time, language);
  return { mark: 'holds', text: `${stamped(stamp.tsa, at)} ${stamp.ca === null ? uncertified : certified}` };
}

/** Of what does not hold, it is no matter whose keys are inside. */
function keysRow(result: Judged, lines: readonly Line[], texts: VerifyTexts): Row | null {
  if (!('receipt' in result)) {
    const failed = result.kind === 'impostor' || markOf(lines, ['keys']) === 'fails';
    return failed ? { mark: 'fails', text: texts.keys.fails } : null;
  }
  if (result.kind === 'own') return { mark: 'holds', text: texts.keys.own };
  const keys = result.keys.map((key) => html`<code>${key}</code> `);
  return { mark: 'note', text: html`${texts.keys.other} ${keys}` };
}

/** In English, as the command prints them: they name keys, entries and places for whoever must know. */
export function linesView(lines: readonly Line[], texts: VerifyTexts): Html {
  return html`<details class="fold lines">
    <summary>${texts.words}</summary>
    <ul lang="en">
      ${lines.map(
        ({ verdict, says }) =>
          html`<li class="check--${verdict}"><span aria-hidden="true">${MARKS[verdict]}</span> ${says}</li>`,
      )}
    </ul>
  </details>`;
}

/** `4 March 2025, 14:05:07 UTC` in the language. */
export function timeInWords(time: string, language: Language): string {
  const locale = language === 'en' ? 'en-GB' : language;
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(
    Date.parse(time),
  );
  return `${date}, ${time.slice(11, 19)} UTC`;
}
