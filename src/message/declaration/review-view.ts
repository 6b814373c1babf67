import { button, card, notice, postForm } from '../../web/components.ts';
import { html, type Child, type Html } from '../../web/html.ts';
import { answerList, declarePageOf } from './parts.ts';
import { DECLARE_TEXTS, type WhoFault } from './texts.ts';
import { declarePath, type Frame, type ReviewView, type SignInView } from './view.ts';

/** What will be declared, word for word, with its fingerprint; and who declares it. */
export function reviewPage(frame: Frame, view: ReviewView): Html {
  const texts = DECLARE_TEXTS[frame.language];
  const t = texts.review;
  const draft = html`<input type="hidden" name="draft" value="${view.draft}" />`;
  return declarePageOf(frame, {
    name: 'review',
    title: `${view.refused === null ? t.title : t.refusedTitle} · ${view.words.title}`,
    main: html`<div class="sheet">
      ${card(
        html`<p class="eyebrow" lang="${view.words.language}">${view.words.title}</p>
          <h1>${t.title}</h1>
          <p>${t.lead}</p>
          <h2 class="hidden">${t.answers}</h2>
          ${answerList(view.words, view.content.answers, texts)}
          ${postForm({
            action: declarePath(frame),
            token: frame.formToken,
            attributes: html` enctype="multipart/form-data"`,
            fields: html`${draft}<input type="hidden" name="change" value="1" /> ${button(t.change, 'link')}`,
          })}`,
        'act',
      )}
      ${card(
        html`<h2>${t.fingerprint}</h2>
          <p class="fingerprint">${view.fingerprint}</p>
          <p class="hint">${t.fingerprintHint}</p>
          <h2>${t.who}</h2>
          ${refusal(view.refused, t.refusedTitle, t.refused)}
          ${postForm({
            action: declarePath(frame, '/confirmation'),
            token: frame.formToken,
            attributes: html` class="declare-form" enctype="multipart/form-data"`,
            fields: html`${draft}
              ${whoField(frame, view, view.openToAll ? t.identifierHintAll : t.identifierHint)}
              ${button(t.button)}
              <p class="hint">${t.buttonHint}</p>`,
          })}`,
        'who',
      )}
    </div>`,
  });
}

function refusal(refused: WhoFault | null, title: string, texts: Readonly<Record<WhoFault, string>>): Child {
  return refused === null ? null : notice('error', 'problem', title, texts[refused]);
}

function whoField(
  frame: Frame,
  view: { readonly identifier: string; readonly refused: WhoFault | null },
  hintText: string,
): Html {
  const t = DECLARE_TEXTS[frame.language].review;
  return html`<div class="field">
    <label for="who">${t.identifier}</label>
    <p class="hint" id="who-hint">${hintText}</p>
    <input
      class="input input--large"
      id="who"
      name="identifier"
      value="${view.identifier}"
      required
      maxlength="254"
      autocomplete="username"
      autocapitalize="off"
      autocorrect="off"
      spellcheck="false"
      enterkeyhint="send"
      aria-describedby="${view.refused === null ? 'who-hint' : 'problem who-hint'}"
      ${view.refused === null ? null : html` aria-invalid="true" autofocus`}
    />
  </div>`;
}

/** For a receipt in another browser, and for the staff of a form. */
export function signInPage(frame: Frame, view: SignInView): Html {
  const texts = DECLARE_TEXTS[frame.language];
  const t = texts.signIn;
  return declarePageOf(frame, {
    name: 'sign-in',
    title: t.title,
    main: card(
      html`<p class="eyebrow">${view.title}</p>
        <h1>${t.title}</h1>
        <p>${t[view.what]}</p>
        ${refusal(view.refused, texts.review.refusedTitle, texts.review.refused)}
        ${postForm({
          action: declarePath(frame, '/sign-in'),
          token: frame.formToken,
          attributes: html` class="declare-form"`,
          fields: html`<input type="hidden" name="return" value="${view.returnPath}" />
            ${whoField(frame, view, texts.review.identifierHint)} ${button(t.button)}`,
        })}`,
      'who',
    ),
  });
}
