import { html, type Html } from '../../web/html.ts';
import { isPending } from '../message.ts';
import type { MessageView } from '../verbs.ts';
import { mailPage, partyName, pill, timeText } from './parts.ts';
import { MAIL_TEXTS, type MailTexts } from './texts.ts';
import { mailPath, messagePath, SHOWN_BOXES, type Frame, type MailboxView, type ShownBox } from './view.ts';

/** The mailbox: what waits, what was read, what was sent; newest first. */
export function mailboxPage(frame: Frame, view: MailboxView): Html {
  const texts = MAIL_TEXTS[frame.language];
  return mailPage(frame, {
    name: 'list',
    title: texts.list.boxes[view.box],
    main: html`<div class="list-head">
        <h1>${texts.product}</h1>
        <a class="button button--primary list-write" href="${mailPath(frame.client.id, '/new')}"
          ><span class="plus" aria-hidden="true"></span>${texts.write}</a
        >
      </div>
      <div class="list-tools">${tabs(frame, view, texts)}${search(frame, view, texts)}</div>
      ${view.query === '' ? null : found(frame, view, texts)}
      ${view.list.items.length === 0 ? empty(view, texts) : letters(frame, view, texts)}
      ${pages(frame, view, texts)}`,
  });
}

function boxPath(frame: Frame, box: ShownBox, more: Record<string, string | null> = {}): string {
  const query = new URLSearchParams(box === 'waiting' ? {} : { box });
  for (const [name, value] of Object.entries(more)) if (value) query.set(name, value);
  const text = query.toString();
  return mailPath(frame.client.id, text === '' ? '' : `?${text}`);
}

function tabs(frame: Frame, view: MailboxView, texts: MailTexts): Html {
  const items = SHOWN_BOXES.map(
    (box) =>
      html`<li>
        <a href="${boxPath(frame, box)}" ${box === view.box ? html` aria-current="page"` : null}
          >${texts.list.boxes[box]}</a
        >
      </li>`,
  );
  return html`<nav class="tabs" aria-label="${texts.list.boxesLabel}">
    <ul>
      ${items}
    </ul>
  </nav>`;
}

function search(frame: Frame, view: MailboxView, texts: MailTexts): Html {
  return html`<search>
    <form class="search" method="get" action="${mailPath(frame.client.id)}">
      ${view.box === 'waiting' ? null : html`<input type="hidden" name="box" value="${view.box}" />`}
      <label class="hidden" for="q">${texts.list.search}: ${texts.list.searchHint}</label>
      <input
        class="input"
        type="search"
        id="q"
        name="q"
        value="${view.query}"
        placeholder="${texts.list.searchHint}"
        maxlength="100"
        autocomplete="off"
        enterkeyhint="search"
      />
      <button class="button button--quiet" type="submit">${texts.list.searchButton}</button>
    </form>
  </search>`;
}

function found(frame: Frame, view: MailboxView, texts: MailTexts): Html {
  return html`<p class="list-found">
    ${texts.list.found(view.query)} <a href="${boxPath(frame, view.box)}">${texts.list.clear}</a>
  </p>`;
}

function empty(view: MailboxView, texts: MailTexts): Html {
  const [title, text] =
    view.query === ''
      ? texts.list.none[view.box]
      : [texts.list.noneFound[0], texts.list.noneFound[1](view.query)];
  return html`<div class="list-none">
    <span class="envelope" aria-hidden="true"></span>
    <h2>${title}</h2>
    <p>${text}</p>
  </div>`;
}

function letters(frame: Frame, view: MailboxView, texts: MailTexts): Html {
  return html`<ol class="letters">
    ${view.list.items.map((item) => letter(frame, item, texts))}
  </ol>`;
}

function letter(frame: Frame, item: MessageView, texts: MailTexts): Html {
  const role = item.role ?? 'sender';
  const isUnread = role === 'addressee' && isPending(item.state);
  const other = role === 'sender' ? item.addressee : item.sender;
  const label = role === 'sender' ? texts.list.to : texts.list.from;
  const files = item.files.filter(({ n }) => n > 0).length;
  return html`<li class="letter${isUnread ? ' letter--unread' : null}">
    <a href="${messagePath(frame.client.id, item.id)}">
      <span class="letter-who"
        >${isUnread ? html`<span class="dot"></span><span class="hidden">${texts.list.unread}: </span>` : null}
        <span class="hidden">${label} </span>${partyName(other)}</span
      >
      <span class="letter-subject"
        >${subjectOf(item, texts)}
        ${files === 0 ? null : html` <span class="letter-files">${texts.list.files(files)}</span>`}</span
      >
      <span class="letter-state">${pill(item.state, role, texts)}</span>
      <span class="letter-when"
        >${timeText(item.acceptedAtMs ?? item.createdAtMs, frame.language, 'short')}</span
      >
    </a>
  </li>`;
}

function subjectOf(item: MessageView, texts: MailTexts): Html {
  if (item.subject !== null) return html`${item.subject}`;
  const text = item.role === 'addressee' && !item.contentErased ? texts.list.sealed : texts.list.erased;
  return html`<span class="letter-sealed">${text}</span>`;
}

function pages(frame: Frame, view: MailboxView, texts: MailTexts): Html | null {
  const { nextCursor } = view.list;
  if (nextCursor === null && view.isFirstPage) return null;
  return html`<nav class="pages" aria-label="${texts.list.older}">
    ${
      view.isFirstPage
        ? null
        : html`<a class="button button--quiet" href="${boxPath(frame, view.box, { q: view.query })}"
            >${texts.list.newest}</a
          >`
    }
    ${
      nextCursor === null
        ? null
        : html`<a
            class="button button--quiet"
            rel="next"
            href="${boxPath(frame, view.box, { q: view.query, cursor: nextCursor })}"
            >${texts.list.older}</a
          >`
    }
  </nav>`;
}
