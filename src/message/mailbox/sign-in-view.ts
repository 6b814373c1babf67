import { button, card, notice, postForm } from '../../web/components.ts';
import { html, type Html } from '../../web/html.ts';
import { mailPage } from './parts.ts';
import { MAIL_TEXTS } from './texts.ts';
import { mailPath, type Frame, type SignInView } from './view.ts';

/** Who are you? The first page of a stranger, wherever in the mailbox he wanted to go. */
export function signInPage(frame: Frame, view: SignInView): Html {
  const texts = MAIL_TEXTS[frame.language].signIn;
  const points = texts.points.map(
    ([title, text]) =>
      html`<li>
        <h2>${title}</h2>
        <p>${text}</p>
      </li>`,
  );
  return mailPage(frame, {
    name: 'sign-in',
    title: texts.title,
    main: html`<div class="sheet">
      ${card(
        html`<h1>${texts.title}</h1>
          <p class="lead">${texts.lead}</p>
          <ul class="points">
            ${points}
          </ul>`,
        'act',
      )}
      ${card(
        html`<h2>${texts.form}</h2>
          ${
            view.refused === null
              ? null
              : notice('error', 'notice', texts.refusedTitle, texts.refused[view.refused])
          }
          ${form(frame, view)}`,
        'sign-in',
      )}
    </div>`,
  });
}

function form(frame: Frame, view: SignInView): Html {
  const texts = MAIL_TEXTS[frame.language].signIn;
  const described = view.refused === null ? 'who-hint' : 'notice who-hint';
  return postForm({
    action: mailPath(frame.client.id, '/sign-in'),
    token: frame.formToken,
    attributes: html` class="stack"`,
    fields: html`<input type="hidden" name="return" value="${view.returnPath}" />
      <div class="field">
        <label for="who">${texts.who}</label>
        <input
          class="input input--large"
          id="who"
          name="identifier"
          value="${view.identifier}"
          required
          autofocus
          maxlength="254"
          autocomplete="username"
          autocapitalize="off"
          autocorrect="off"
          spellcheck="false"
          enterkeyhint="send"
          aria-describedby="${described}"
          ${view.refused === null ? null : html` aria-invalid="true"`}
        />
        <p class="hint" id="who-hint">${texts.whoHint}</p>
      </div>
      ${button(texts.button)}`,
  });
}
