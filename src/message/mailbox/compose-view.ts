import { LANGUAGES } from '../../std/language.ts';
import { button, notice, postForm } from '../../web/components.ts';
import { html, type Child, type Html } from '../../web/html.ts';
import { LANGUAGE_NAMES } from '../../web/language.ts';
import { ALLOWED_TYPES } from '../content-type.ts';
import { SUBJECT_MAX, TEXT_MAX_CHARACTERS } from '../message.ts';
import { mailPage } from './parts.ts';
import { MAIL_TEXTS, type MailTexts } from './texts.ts';
import {
  COMPOSE_PROBLEMS,
  mailPath,
  VALID_DAYS,
  type ComposePlace,
  type ComposeView,
  type Frame,
} from './view.ts';

/**
 * Where a registered message is written. Without a script it is one form with its files; with one, files are
 * dropped, sent one after the other with their progress, and nothing typed is ever lost.
 */
export function composePage(frame: Frame, view: ComposeView): Html {
  const texts = MAIL_TEXTS[frame.language];
  const t = texts.compose;
  const sending = {
    sending: t.sending,
    file: t.sendingFile,
    sent: t.sent,
    failed: t.failed,
    remove: t.remove,
  };
  return mailPage(frame, {
    name: 'compose',
    title: view.problem === null ? t.title : `${t.problemTitle}: ${t.title}`,
    scripts: ['compose.js'],
    main: html`<div class="compose-head">
        <h1>${t.title}</h1>
        <p class="lead">${t.lead}</p>
      </div>
      ${postForm({
        action: mailPath(frame.client.id, '/new'),
        token: frame.formToken,
        attributes: html` class="compose" enctype="multipart/form-data" data-compose
        data-drafts="${mailPath(frame.client.id, '/drafts')}" data-texts="${JSON.stringify(sending)}"
        data-units="${JSON.stringify(texts.size)}"`,
        // Files last: whoever takes the form as it arrives must know by then what they are part of.
        fields: html`<div class="card compose-letter">
            <div data-problems>${problem(view, texts)}</div>
            ${addressee(view, texts)} ${subject(view, texts)} ${text(view, texts)}
          </div>
          ${delivery(view, texts)}
          <div class="card compose-files">${files(view, texts)}</div>
          <div class="compose-go">
            ${button(t.button)}
            <p class="hint">${t.next}</p>
            <p class="compose-status" role="status" data-status></p>
          </div>`,
      })}`,
  });
}

/** The notice above the form; the script writes the same there when a step of the sending was refused. */
function problem(view: Pick<ComposeView, 'problem' | 'filesLost'>, texts: MailTexts): Html | null {
  if (view.problem === null) return null;
  const t = texts.compose;
  const { kind, file } = view.problem;
  return notice(
    'error',
    'problem',
    t.problemTitle,
    html`${file === undefined ? null : html`<b>${file}</b>: `}${t.problems[kind]}
    ${view.filesLost ? html` ${t.filesLost}` : null}`,
  );
}

/** What ties a field to its hint and to what is wrong with it. */
function described(view: ComposeView, place: ComposePlace, hint: string | null): Html {
  const isWrong = view.problem !== null && COMPOSE_PROBLEMS[view.problem.kind] === place;
  const ids = [...(isWrong ? ['problem'] : []), ...(hint === null ? [] : [hint])].join(' ');
  return html`${ids === '' ? null : html` aria-describedby="${ids}"`}
  ${isWrong ? html` aria-invalid="true"` : null}`;
}

function addressee(view: ComposeView, texts: MailTexts): Html {
  const t = texts.compose;
  const { to, number } = view.fields;
  const isOpen = number !== '' || view.problem?.kind === 'to_unknown';
  return html`<div class="field">
      <label for="to">${t.to}</label>
      <input
        class="input"
        id="to"
        name="to"
        value="${to}"
        required
        maxlength="254"
        autocomplete="off"
        autocapitalize="off"
        autocorrect="off"
        spellcheck="false"
        ${described(view, 'to', 'to-hint')}
      />
      <p class="hint" id="to-hint">${t.toHint}</p>
    </div>
    <details class="stranger" ${isOpen ? html` open` : null}>
      <summary>${t.stranger}</summary>
      <div class="field">
        <label for="number">${t.number}</label>
        <input
          class="input"
          id="number"
          name="number"
          type="tel"
          value="${number}"
          maxlength="64"
          autocomplete="off"
          ${described(view, 'number', 'number-hint')}
        />
        <p class="hint" id="number-hint">${t.strangerHint}</p>
      </div>
    </details>`;
}

function subject(view: ComposeView, texts: MailTexts): Html {
  return html`<div class="field">
    <label for="subject">${texts.compose.subject}</label>
    <input
      class="input"
      id="subject"
      name="subject"
      value="${view.fields.subject}"
      required
      maxlength="${SUBJECT_MAX}"
      autocomplete="off"
      ${described(view, 'subject', 'subject-hint')}
    />
    <p class="hint" id="subject-hint">${texts.compose.subjectHint}</p>
  </div>`;
}

function text(view: ComposeView, texts: MailTexts): Html {
  return html`<div class="field">
    <label for="text">${texts.compose.text}</label>
    <textarea
      class="input"
      id="text"
      name="text"
      rows="9"
      maxlength="${TEXT_MAX_CHARACTERS}"
      ${described(view, 'text', null)}
    >
${view.fields.text}</textarea>
  </div>`;
}

/** Extensions too: some systems know no type of a file, but know its name. */
const EXTENSIONS = '.txt,.pdf,.png,.jpg,.jpeg,.gif,.webp,.tif,.tiff,.mp3,.ogg,.oga,.wav,.m4a,.weba';

function files(view: ComposeView, texts: MailTexts): Html {
  const t = texts.compose;
  return html`<div class="field">
    <label for="files">${t.files}</label>
    <div class="drop" data-drop>
      <p class="drop-text" hidden data-drop-text>
        ${t.drop} <label class="drop-choose" for="files">${t.choose}</label>
      </p>
      <input
        type="file"
        id="files"
        name="files"
        multiple
        accept="${[...ALLOWED_TYPES, EXTENSIONS].join(',')}"
        ${described(view, 'files', 'files-hint')}
      />
      <ul class="files" data-files></ul>
    </div>
    <p class="hint" id="files-hint">${t.filesHint}</p>
  </div>`;
}

function delivery(view: ComposeView, texts: MailTexts): Html {
  const t = texts.compose;
  const { validDays, language, acceptance, notifySender } = view.fields;
  return html`<fieldset class="card compose-how">
    <legend>${t.how}</legend>
    <div class="field">
      <label for="valid">${t.valid}</label>
      <select class="input" id="valid" name="valid">
        ${VALID_DAYS.map(
          (days) =>
            html`<option value="${days}" ${days === validDays ? html` selected` : null}>
              ${t.days(days)}
            </option>`,
        )}
      </select>
    </div>
    <div class="field">
      <label for="language">${t.language}</label>
      <select class="input" id="language" name="language">
        <option value="" ${language === '' ? html` selected` : null}>${t.languageOwn}</option>
        ${LANGUAGES.map(
          (each) =>
            html`<option value="${each}" lang="${each}" ${each === language ? html` selected` : null}>
              ${LANGUAGE_NAMES[each]}
            </option>`,
        )}
      </select>
    </div>
    ${check('acceptance', acceptance, t.acceptance, t.acceptanceHint)}
    ${check('notify', notifySender, t.notify, t.notifyHint)}
  </fieldset>`;
}

function check(name: string, isOn: boolean, label: Child, hint: Child): Html {
  return html`<div class="check">
    <input
      type="checkbox"
      id="${name}"
      name="${name}"
      value="1"
      aria-describedby="${name}-hint"
      ${isOn ? html` checked` : null}
    />
    <div>
      <label for="${name}">${label}</label>
      <p class="hint" id="${name}-hint">${hint}</p>
    </div>
  </div>`;
}
