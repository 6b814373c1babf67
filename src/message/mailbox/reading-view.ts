import { button, card, linkButton, notice, postForm, seal } from '../../web/components.ts';
import { html, type Child, type Html } from '../../web/html.ts';
import type { FileInfo } from '../message.ts';
import { kindOfFile } from './message-view.ts';
import { mailPage, partyView, sizeText, timeText } from './parts.ts';
import { MAIL_TEXTS, type MailTexts } from './texts.ts';
import { messagePath, readingPath, type Frame, type ReadingPageView, type ReadingStep } from './view.ts';

/**
 * One reading: the addressee has proved himself in this browser, and takes the message over.
 *
 *   answer (where acceptance is asked) ─▶ open ─▶ content, for 15 minutes ─▶ over
 *      └─▶ refused
 *
 * Each step is a form; to look at the page changes nothing (S19).
 */
export function readingPage(frame: Frame, view: ReadingPageView): Html {
  const texts = MAIL_TEXTS[frame.language];
  return mailPage(frame, {
    name: 'reading',
    title: view.step === 'content' ? view.subject : texts.reading.title,
    main: view.step === 'content' ? content(frame, view, view, texts) : step(frame, view, view.step, texts),
  });
}

type Content = Extract<ReadingStep, { step: 'content' }>;

function step(
  frame: Frame,
  view: ReadingPageView,
  now: Exclude<ReadingStep['step'], 'content'>,
  texts: MailTexts,
): Html {
  const [title, text] = texts.reading[now];
  const kind = { answer: 'good', open: 'good', refused: 'stopped', over: 'late', damaged: 'lost' } as const;
  const proved = now === 'answer' || now === 'open';
  const from = html`<dl class="details">
    <div class="detail">
      <dt>${texts.message.from}</dt>
      <dd>${partyView(view.sender)}</dd>
    </div>
    ${
      view.fingerprint === null
        ? null
        : html`<div class="detail">
            <dt>${texts.message.fingerprint}</dt>
            <dd class="detail--number">${view.fingerprint}</dd>
          </div>`
    }
  </dl>`;
  return card(
    html`${seal(kind[now])} ${proved ? html`<p class="eyebrow">${texts.reading.proved}</p>` : null}
      <div role="status">
        <h1>${title}</h1>
        <p>${text}</p>
      </div>
      ${proved ? from : null}
      <div class="ways">${ways(frame, view, now, texts)}</div>`,
    'act card--step',
  );
}

function ways(frame: Frame, view: ReadingPageView, now: ReadingStep['step'], texts: MailTexts): Child {
  const post = (name: string, fields: Child) =>
    postForm({
      action: readingPath(frame.client.id, view, `/${name}`),
      token: frame.formToken,
      fields,
    });
  const back = messagePath(frame.client.id, view.messageId);
  if (now === 'answer') {
    return html`${post('acceptance', button(texts.reading.accept))}
    ${post('refusal', button(texts.reading.refuse, 'danger'))}`;
  }
  if (now === 'open') return post('handover', button(texts.reading.openButton));
  return linkButton(back, texts.reading.again, now === 'over' ? 'primary' : 'quiet');
}

function content(frame: Frame, view: ReadingPageView, shown: Content, texts: MailTexts): Html {
  const images = shown.files.filter(({ type }) => isShownImage(type));
  return html`<article class="letter-page">
      <header class="letter-page-head">
        <p class="eyebrow">${texts.message.from} ${partyView(view.sender)}</p>
        <h1>${shown.subject}</h1>
      </header>
      ${shown.text === null ? html`<p class="hint">${texts.reading.noText}</p>` : html`<div class="prose">${paragraphs(shown.text)}</div>`}
      ${images.map(
        (file) =>
          html`<figure class="picture">
            <img
              src="${filePath(frame, view, file)}"
              alt="${texts.reading.image(file.name)}"
              loading="lazy"
            />
            <figcaption>${file.name}</figcaption>
          </figure>`,
      )}
    </article>
    <aside class="reading-side">
      ${shown.files.length === 0 ? null : filesCard(frame, view, shown.files, texts)}
      ${notice(
        'good',
        'until',
        texts.state.addressee.handed_over[1],
        html`${texts.reading.until} ${timeText(shown.untilMs, frame.language, 'long')}.`,
      )}
      ${linkButton(messagePath(frame.client.id, view.messageId), texts.reading.toMessage, 'quiet')}
    </aside>`;
}

/** What every browser shows of itself; TIFF is not among it. */
function isShownImage(type: string): boolean {
  return /^image\/(png|jpeg|gif|webp)$/.test(type);
}

function filePath(frame: Frame, view: ReadingPageView, file: FileInfo): string {
  return readingPath(frame.client.id, view, `/files/${file.n}`);
}

/** As it was written: an empty line parts paragraphs, and the stylesheet keeps single line breaks. */
function paragraphs(text: string): Html[] {
  return text
    .split(/\r?\n\s*\r?\n/)
    .filter((part) => part.trim() !== '')
    .map((part) => html`<p>${part.trim()}</p>`);
}

function filesCard(frame: Frame, view: ReadingPageView, files: readonly FileInfo[], texts: MailTexts): Html {
  const items = files.map((file) => {
    const path = filePath(frame, view, file);
    return html`<li class="file">
      <span class="file-icon" data-kind="${kindOfFile(file.type)}" aria-hidden="true"></span>
      <span class="file-name">${file.name}</span>
      <span class="file-size">${sizeText(file.sizeBytes, frame.language)}</span>
      <a class="file-get" href="${path}" download="${file.name}"
        >${texts.reading.download}<span class="hidden"> ${file.name}</span></a
      >
      ${
        file.type.startsWith('audio/')
          ? html`<audio controls preload="none" src="${path}" aria-label="${file.name}"></audio>`
          : null
      }
    </li>`;
  });
  return card(
    html`<h2>${texts.reading.files}</h2>
      <ul class="files">
        ${items}
      </ul>`,
    'content',
  );
}
