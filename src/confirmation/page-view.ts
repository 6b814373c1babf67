import type { WebAssets } from '../web/assets.ts';
import {
  button,
  card,
  codeField,
  countdown,
  languageSwitch,
  linkButton,
  notice,
  postForm,
  seal,
  type SealKind,
} from '../web/components.ts';
import { html, type Child, type Html } from '../web/html.ts';
import { layout, wordmark } from '../web/layout.ts';
import { originOf } from '../web/security-headers.ts';
import { isoTime } from '../std/clock.ts';
import { actLine, actView } from './act-view.ts';
import { PAGE_TEXTS, type PageTexts } from './page-texts.ts';
import type { ConfirmationState, ConfirmationView } from './view.ts';

/**
 * The hosted confirmation page (U1, M1, S18): the act in large type, who asks, where the code went, the field
 * for it. It works whole without a script; with one it counts down, and follows the state live.
 *
 *   opened, sent: act + code form + resend + cancel + "this was not me"
 *   confirmed, locked, expired, cancelled: act + seal + the way back
 */
type LiveState = 'opened' | 'sent';
type EndState = Exclude<ConfirmationState, LiveState>;

/** The longest that a code lives (S2); what is left is drawn against it when more is not known. */
const VALIDITY_MS = 5 * 60_000;

const SEALS = {
  confirmed: 'good',
  locked: 'locked',
  expired: 'late',
  cancelled: 'stopped',
} as const satisfies Record<EndState, SealKind>;

export function confirmationPage(view: ConfirmationView, assets: WebAssets): Html {
  const texts = PAGE_TEXTS[view.language];
  const { state } = view;
  const live = state === 'opened' || state === 'sent';
  return layout({
    language: view.language,
    title: titleOf(view, texts),
    assets,
    kind: 'confirmation',
    skipLabel: texts.skip,
    header: html`<p class="asker">${monogram(view.clientName)}<span>${view.clientName}</span></p>
      ${languageSwitch(texts.languages, view.language, pathOf(view))}`,
    main: html`<div
        class="sheet sheet--${state}"
        data-confirmation
        data-page="${pathOf(view)}?lang=${view.language}"
        data-state="${state}"
        ${live ? html` data-events="${pathOf(view, '/events')}"` : null}
      >
        ${card(actCard(view, texts), 'act')}
        ${state === 'opened' || state === 'sent' ? codeCard(view, texts) : endCard(view, state, texts)}
      </div>
      ${live ? notMe(view, texts) : null}`,
    footer: wordmark(),
    scripts: live ? [assets.href('confirm.js')] : [],
  });
}

function titleOf(view: ConfirmationView, texts: PageTexts): string {
  const title = texts.title(actLine(view.act, view.language), view.clientName);
  if (view.state !== 'opened' && view.state !== 'sent') return `${texts.end[view.state][0]} · ${title}`;
  return view.notice === 'refused' || view.notice === 'wait' ? texts.errorTitle(title) : title;
}

function monogram(name: string): Html {
  return html`<span class="monogram" aria-hidden="true">${Array.from(name.trim())[0]?.toUpperCase()}</span>`;
}

function actCard(view: ConfirmationView, texts: PageTexts): Html {
  return html`<p class="eyebrow">${texts.asks(view.clientName)}</p>
    ${actView(view.act, view.language)}`;
}

function codeCard(view: ConfirmationView, texts: PageTexts): Html {
  const refused = view.notice === 'refused' || view.notice === 'wait';
  const described = ['act', 'code-sent', ...(view.notice === null ? [] : ['notice'])];
  return card(
    html`<h2>${texts.enter}</h2>
      ${noticeOf(view, texts)}
      <p class="code-sent" id="code-sent">
        ${
          view.state === 'sent' && view.sentTo !== null
            ? texts.sentTo(keepTogether(view.sentTo))
            : html`<span class="pulse" aria-hidden="true"></span>${texts.sending}`
        }
        ${texts.compare}
      </p>
      ${postTo(
        view,
        'verification',
        html`${codeField({
            digits: view.digits,
            label: texts.code(view.digits),
            title: texts.codeRule(view.digits),
            describedBy: described,
            invalid: refused,
          })}
          <p class="code-hint" data-code-hint hidden>${texts.codeHint}</p>
          ${button(texts.confirm)} ${validity(view, texts)}`,
        html` class="code-form" data-code-form data-digits="${view.digits}"`,
      )}
      <div class="elsewhere">
        ${resend(view, texts)}${postTo(view, 'cancellation', button(texts.cancel, 'link'))}
      </div>
      <p class="hidden" role="status" data-announce data-last-minute="${texts.lastMinute}"></p>`,
    'code',
  );
}

function noticeOf(view: ConfirmationView, texts: PageTexts): Html | null {
  if (view.notice === null) return null;
  const [title] = texts.notice[view.notice];
  if (view.notice === 'refused') return notice('error', 'notice', title, texts.notice.refused[1]);
  if (view.notice === 'wait') return notice('wait', 'notice', title, texts.notice.wait[1](view.waitSeconds));
  const address = view.sentTo === null ? null : keepTogether(view.sentTo);
  return notice('good', 'notice', title, texts.notice.resent[1](address));
}

/**
 * Until when the code works: in UTC as the server knows no other zone; the script shows what is left instead.
 */
function validity(view: ConfirmationView, texts: PageTexts): Html {
  const leftMs = Math.max(0, view.expiresAtMs - view.nowMs);
  const until = new Intl.DateTimeFormat(view.language, {
    timeStyle: 'medium',
    timeZone: 'UTC',
    hourCycle: 'h23',
  });
  return countdown({
    leftMs,
    ofMs: Math.max(leftMs, VALIDITY_MS),
    fallback: html`${texts.until}
      <time datetime="${isoTime(view.expiresAtMs)}">${until.format(view.expiresAtMs)} UTC</time>.`,
    running: texts.left,
  });
}

function resend(view: ConfirmationView, texts: PageTexts): Html {
  if (view.resendAtMs === null) return html`<p class="resend-none">${texts.resendNone}</p>`;
  const waitMs = Math.max(0, view.resendAtMs - view.nowMs);
  const waiting = waitMs === 0 ? null : html` data-wait-ms="${waitMs}" data-waiting="${texts.resendWait}"`;
  const soon =
    waitMs === 0
      ? null
      : html` <span class="resend-soon" data-resend-soon
          >${texts.resendSoon(Math.ceil(waitMs / 1000))}</span
        >`;
  return html`<div class="resend">
    <p>${texts.resendAsk}${soon}</p>
    ${postTo(view, 'resend', button(texts.resend, 'quiet', waiting))}
  </div>`;
}

function notMe(view: ConfirmationView, texts: PageTexts): Html {
  return html`<section class="not-me" aria-labelledby="not-me">
    <div>
      <h2 id="not-me">${texts.notMeTitle}</h2>
      <p>${texts.notMeText(view.clientName)}</p>
    </div>
    ${postTo(view, 'not-me', button(texts.notMe, 'danger'))}
  </section>`;
}

function endCard(view: ConfirmationView, state: EndState, texts: PageTexts): Html {
  const [title, text] = texts.end[state];
  const exempt = state === 'confirmed' && view.sentTo === null;
  // Only a web address may stand in a link, whatever a client once named.
  const back =
    view.returnUrl === null || originOf(view.returnUrl) === null
      ? html`<p class="close">${texts.close}</p>`
      : linkButton(
          view.returnUrl,
          texts.return(view.clientName),
          state === 'confirmed' ? 'primary' : 'quiet',
        );
  return card(
    html`${seal(SEALS[state])}
      <div role="status">
        <h2>${title}</h2>
        <p>${text}</p>
        ${exempt ? html`<p>${texts.exempt}</p>` : null}
      </div>
      ${back}`,
    'end',
  );
}

type FormName = 'verification' | 'resend' | 'not-me' | 'cancellation';

function postTo(view: ConfirmationView, name: FormName, fields: Child, attributes: Child = null): Html {
  return postForm({
    action: `${pathOf(view, `/${name}`)}?lang=${view.language}`,
    token: view.formToken,
    fields,
    attributes,
  });
}

function pathOf(view: ConfirmationView, below = ''): string {
  return `/c/${view.id}${below}`;
}

/** An address is not broken across lines. */
function keepTogether(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}
