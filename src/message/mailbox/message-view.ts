import { button, card, definitionList, notice, postForm, seal, type SealKind } from '../../web/components.ts';
import { html, type Html } from '../../web/html.ts';
import { isPending, mayAnswer, mayBeRead, maySubmit, shortIdOf, type MessageState } from '../message.ts';
import type { MessageStory, Role, StoryEvent } from '../verbs.ts';
import { mailPage, partyName, partyView, sizeText, timeText } from './parts.ts';
import { MAIL_TEXTS, type MailTexts } from './texts.ts';
import { messagePath, type Frame, type MessagePageView } from './view.ts';

/**
 * The story of a message for one of its two sides: how it stands in large type, what this person can do, what
 * happened, and what proves it.
 */
export function messagePage(frame: Frame, view: MessagePageView): Html {
  const { story } = view;
  const texts = MAIL_TEXTS[frame.language];
  const role = story.role ?? 'sender';
  const isLive = isPending(story.state) || story.state === 'submitted';
  const path = messagePath(frame.client.id, story.id);
  return mailPage(frame, {
    name: 'message',
    title: `${texts.state[role][story.state][1]} · ${story.subject ?? texts.product}`,
    main: html`<div
      class="message message--${story.state}"
      data-live="${story.state}"
      ${isLive ? html` data-events="${path}/events" data-page="${path}?lang=${frame.language}"` : null}
    >
      ${noticeOf(view, texts)}
      <div class="message-main">
        ${stateCard(frame, view, role, texts)} ${contentCard(frame, story, texts)}
      </div>
      <div class="message-side">
        ${storyCard(frame, story, role, isLive, texts)} ${proofCard(frame, story, role, texts)}
        ${recallCard(frame, view, role, texts)}
      </div>
    </div>`,
  });
}

const SEALS = {
  draft: 'late',
  submitted: 'late',
  rejected: 'stopped',
  waiting: 'late',
  accepted: 'late',
  handed_over: 'good',
  refused: 'stopped',
  recalled: 'stopped',
  expired: 'late',
} as const satisfies Record<MessageState, SealKind>;

function noticeOf(view: MessagePageView, texts: MailTexts): Html | null {
  if (view.notice === null) return null;
  const [title, text] = texts.message.notice[view.notice];
  return notice('wait', 'notice', title, text);
}

function stateCard(frame: Frame, view: MessagePageView, role: Role, texts: MailTexts): Html {
  const { story } = view;
  const [, title, text] = texts.state[role][story.state];
  const isSealed = role === 'addressee' && isPending(story.state);
  const other = role === 'sender' ? story.addressee : story.sender;
  return card(
    html`<div class="state">
        ${seal(isSealed ? 'locked' : SEALS[story.state])}
        <div>
          <h1>${title}</h1>
          <p>${text}</p>
        </div>
      </div>
      ${actions(frame, story, role, texts)}
      ${definitionList([
        {
          term: role === 'sender' ? texts.message.to : texts.message.from,
          value: partyView(other),
        },
        ...(story.subject === null ? [] : [{ term: texts.message.subject, value: story.subject }]),
        ...(isPending(story.state) && story.expiresAtMs !== null
          ? [{ term: texts.message.until, value: timeText(story.expiresAtMs, frame.language, 'long') }]
          : []),
        {
          term: texts.message.number,
          value: html`${shortIdOf(story.id)} <span class="hint">${story.id}</span>`,
          kind: 'number' as const,
        },
      ])}`,
    'act card--state',
  );
}

function actions(frame: Frame, story: MessageStory, role: Role, texts: MailTexts): Html | null {
  const action = actionOf(story, role);
  if (action === null) return null;
  const [name, label, hint] = {
    read: ['readings', texts.message.read, texts.message.readHint],
    again: ['readings', texts.message.readAgain, texts.message.readAgainHint],
    submit: ['submission', texts.message.submit, texts.compose.next],
  }[action] as [string, string, string];
  return html`<div class="actions">
    ${postForm({
      action: messagePath(frame.client.id, story.id, `/${name}`),
      token: frame.formToken,
      fields: button(label, action === 'again' ? 'quiet' : 'primary', html` aria-describedby="action-hint"`),
    })}
    <p class="hint" id="action-hint">${hint}</p>
  </div>`;
}

function actionOf(story: MessageStory, role: Role): 'read' | 'again' | 'submit' | null {
  if (story.contentErased) return null;
  if (role === 'sender') return maySubmit(story.state) ? 'submit' : null;
  if (story.state === 'handed_over') return 'again';
  return mayBeRead(story) || mayAnswer(story) ? 'read' : null;
}

function contentCard(frame: Frame, story: MessageStory, texts: MailTexts): Html | null {
  if (story.files.length === 0 && story.fingerprint === null) return null;
  const items = story.files.map(
    (file) =>
      html`<li class="file">
        <span class="file-icon" data-kind="${kindOfFile(file.type)}" aria-hidden="true"></span>
        <span class="file-name">${file.n === 0 ? texts.message.text : file.name}</span>
        <span class="file-size">${sizeText(file.sizeBytes, frame.language)}</span>
      </li>`,
  );
  return card(
    html`<h2>${texts.message.files}</h2>
      ${
        items.length === 0
          ? null
          : html`<ul class="files">
              ${items}
            </ul>`
      }
      ${
        story.fingerprint === null
          ? null
          : html`<div class="fingerprint">
              <p class="fingerprint-label">${texts.message.fingerprint}</p>
              <p class="fingerprint-value">${story.fingerprint}</p>
              <p class="hint">${texts.message.fingerprintHint}</p>
            </div>`
      }`,
    'content',
  );
}

/** What a file is, for its little picture. */
export function kindOfFile(type: string): 'text' | 'pdf' | 'image' | 'audio' {
  if (type.startsWith('image/')) return 'image';
  if (type.startsWith('audio/')) return 'audio';
  return type === 'application/pdf' ? 'pdf' : 'text';
}

function storyCard(frame: Frame, story: MessageStory, role: Role, isLive: boolean, texts: MailTexts): Html {
  const shown = story.events.filter(({ name }) => name in texts.events[role]);
  return card(
    html`<h2>${texts.message.story}</h2>
      ${
        shown.length === 0
          ? html`<p class="hint">${texts.message.storyNone}</p>`
          : html`<ol class="timeline">
              ${shown.map((event) => eventView(frame, event, role, texts))}
            </ol>`
      }
      ${isLive ? html`<p class="hint live" hidden data-live-hint>${texts.message.live}</p>` : null}`,
    'story',
  );
}

const BAD = /Rejection|Failure|Expiry/;
const TURNS = new Set(['SubmissionAcceptance', 'ConsignmentAcceptance', 'ContentHandover']);

function eventView(frame: Frame, event: StoryEvent, role: Role, texts: MailTexts): Html {
  const said = texts.events[role][event.name];
  const text = typeof said === 'function' ? said(event.n ?? 0) : said;
  const reason = event.reason === null ? undefined : texts.reasons[event.reason];
  const kind = BAD.test(event.name) ? 'bad' : TURNS.has(event.name) ? 'good' : 'plain';
  return html`<li class="event event--${kind}">
    <p>${text}${reason === undefined ? null : `: ${reason}`}</p>
    ${timeText(event.atMs, frame.language, 'long', 'event-time')}
  </li>`;
}

function proofCard(frame: Frame, story: MessageStory, role: Role, texts: MailTexts): Html | null {
  const path = (below: string) => messagePath(frame.client.id, story.id, below);
  if (story.acceptedAtMs === null) {
    return story.state === 'rejected'
      ? null
      : card(
          html`<h2>${texts.message.proof}</h2>
            <p class="hint">${texts.message.proofLater}</p>`,
        );
  }
  return card(
    html`<h2>${texts.message.proof}</h2>
      <div class="proofs">
        <a class="button button--quiet" href="${path('/certificate')}">${texts.message.certificate}</a>
        <a class="button button--quiet" href="${path('/receipt')}">${texts.message.receipt}</a>
      </div>
      <p class="hint">${texts.message.proofText[role]}</p>`,
    'proof',
  );
}

function recallCard(frame: Frame, view: MessagePageView, role: Role, texts: MailTexts): Html | null {
  const { story, asksRecall } = view;
  if (role !== 'sender' || !isPending(story.state)) return null;
  const path = messagePath(frame.client.id, story.id);
  if (!asksRecall) {
    return html`<p class="recall">
      <a class="button button--link" href="${path}?recall=ask#recall">${texts.message.recall}</a>
      <span class="hint">${texts.message.recallHint}</span>
    </p>`;
  }
  return html`<section class="card card--recall" id="recall" aria-labelledby="recall-title">
    <h2 id="recall-title">${texts.message.recallAsk}</h2>
    <p>${texts.message.recallAskText(partyName(story.addressee))}</p>
    <div class="ways">
      ${postForm({
        action: `${path}/recall`,
        token: frame.formToken,
        fields: button(texts.message.recallYes, 'danger'),
      })}
      <a class="button button--quiet" href="${path}">${texts.message.recallNo}</a>
    </div>
  </section>`;
}
