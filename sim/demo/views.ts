import { LANGUAGES, type Language } from '../../src/std/language.ts';
import type { Confirmation } from '../../src/sdk/types.ts';
import type { WebAssets } from '../../src/web/assets.ts';
import { button, linkButton, notice, postForm, seal, type SealKind } from '../../src/web/components.ts';
import { html, type Child, type Html } from '../../src/web/html.ts';
import { LANGUAGE_NAMES } from '../../src/web/language.ts';
import { layout, siteHeader } from '../../src/web/layout.ts';
import type { DemoAssets } from './assets.ts';
import { DOORS, type Door } from './doors.ts';
import { handsetPath } from './handset-view.ts';
import { PEOPLE, type DemoPerson } from './people.ts';

/** The pages of Acme, a made-up service that leaves the confirming to Countersign. */
export type Look = { readonly web: WebAssets; readonly demo: DemoAssets };

function demoPage(look: Look, title: string, main: Child): Html {
  return layout({
    language: 'en',
    title,
    assets: look.web,
    kind: 'demo',
    skipLabel: 'Go to the content',
    header: siteHeader('/demo'),
    main,
    sheets: [look.demo.href('demo.css')],
  });
}

export type Landing = {
  readonly identifier: string;
  readonly language: Language;
  readonly formToken: string;
  /** Why the last try did not begin. */
  readonly refused: string | null;
  /** Where the phone of the demo is. */
  readonly handset: string;
  /** Where the registered messages are. */
  readonly mailbox: string;
  /** The form that people declare on. */
  readonly form: string;
  /** A shop to pay in; null where there is none. */
  readonly shop: string | null;
};

export function landingPage(look: Look, landing: Landing): Html {
  return demoPage(
    look,
    'Countersign: try it',
    html`<div class="hero">
        <h1>Nothing happens until you say so.</h1>
        <p class="lead">
          Countersign asks a named person, on a device that only they hold, to confirm exactly one act. Be a
          customer of Acme and try it.
        </p>
      </div>
      <section class="steps" aria-label="How it works">
        <img class="steps-picture" src="${look.demo.href('steps.svg')}" width="960" height="240" alt="" />
        <ol>
          ${step('You ask, here', 'Sign in, or order a transfer, on a page like any other.')}
          ${step(
            'Your phone shows what',
            html`A message says what you asked for, and brings a code made for that alone.
              <a href="${landing.handset}" target="_blank">Open the phone</a> in a second window.`,
          )}
          ${step('You bring the code back', 'Only now it happens. A receipt proves it to anyone, offline.')}
        </ol>
      </section>
      ${landing.refused === null ? null : notice('error', 'notice', 'That did not begin', landing.refused)}
      <div class="doors">
        ${Object.values(DOORS).map((door) => doorCard(door, landing))} ${messageDoor(landing)}
        ${formDoor(landing)} ${landing.shop === null ? null : shopDoor(landing.shop)}
      </div>`,
  );
}

function step(title: string, text: Child): Html {
  return html`<li>
    <h2>${title}</h2>
    <p>${text}</p>
  </li>`;
}

function doorCard(door: Door, landing: Landing): Html {
  const options = LANGUAGES.map(
    (language) =>
      html`<option value="${language}" ${language === landing.language ? 'selected' : null}>
        ${LANGUAGE_NAMES[language]}
      </option>`,
  );
  const identifier = `identifier-${door.name}`;
  const language = `language-${door.name}`;
  return html`<section class="card door door--${door.name}" aria-labelledby="door-${door.name}">
    <h2 id="door-${door.name}">${door.title}</h2>
    <p>${door.text}</p>
    ${postForm({
      action: '/demo/confirmations',
      token: landing.formToken,
      attributes: html` class="door-form"`,
      fields: html`<input type="hidden" name="door" value="${door.name}" />
        <div class="field">
          <label for="${identifier}">Who are you?</label>
          <input
            class="input"
            id="${identifier}"
            name="identifier"
            value="${landing.identifier}"
            required
            maxlength="100"
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
          />
        </div>
        <div class="field">
          <label for="${language}">Message language</label>
          <select class="input" id="${language}" name="language">
            ${options}
          </select>
        </div>
        ${button(door.button)}`,
    })}
  </section>`;
}

/** Two people, two phones: what one writes the other alone reads, and both can prove it. */
function messageDoor({ mailbox }: Landing): Html {
  const person = ({ username, name, number }: DemoPerson) =>
    html`<li>
      <b>${name}</b> signs in as <code>${username}</code>;
      <a href="${handsetPath(number)}" target="_blank">${name.split(' ')[0]}’s phone</a>
    </li>`;
  return html`<section class="card door door--message" aria-labelledby="door-message">
    <div>
      <h2 id="door-message">Send a registered message</h2>
      <p>
        Alice writes, and confirms with a code made from what she wrote. Bruno is told, and only a code from
        his own phone opens it. Sign out in between, or use a private window for the other.
      </p>
      <ul class="door-people">
        ${PEOPLE.map(person)}
      </ul>
    </div>
    ${linkButton(mailbox, 'Open the mailbox')}
  </section>`;
}

/** A form, its review, the code, and a numbered receipt. */
function formDoor({ form }: Landing): Html {
  return html`<section class="card door door--form" aria-labelledby="door-form">
    <div>
      <h2 id="door-form">Declare something</h2>
      <p>
        Alice tells Acme her new address on a form, and has a numbered receipt at once. Bruno reads it in
        <a href="${form}/inbox">the inbox of the form</a>.
      </p>
    </div>
    ${linkButton(form, 'Open the form')}
  </section>`;
}

/** A merchant, the hosted payment page, a bank, and the phone that has the last word. */
function shopDoor(shop: string): Html {
  return html`<section class="card door door--shop" aria-labelledby="door-shop">
    <div>
      <h2 id="door-shop">Buy something</h2>
      <p>
        A shop that takes payments. The bank is asked first, then your phone shows the amount and brings a
        code; only then it is debited. On its counter stands <a href="/terminal">a payment terminal</a>.
        <a href="/bank">The simulated bank</a> has cards to pay with, and can be made to refuse, to be slow,
        or to be silent.
      </p>
    </div>
    ${linkButton(shop, 'Go shopping')}
  </section>`;
}

/** What an end that is no success is called, and why it came. */
const ENDS = {
  opened: ['late', 'Not confirmed yet', 'The code has not come back. You can go on where you were.'],
  sent: ['late', 'Not confirmed yet', 'The code has not come back. You can go on where you were.'],
  confirmed: ['good', 'Confirmed', 'The code came back in time, from the right phone.'],
  locked: ['locked', 'Refused', 'There were too many wrong codes.'],
  expired: ['late', 'Refused', 'The code did not come back in time.'],
  cancelled: ['stopped', 'Refused', 'It was cancelled, or someone said “this was not me”.'],
} as const satisfies Record<Confirmation['state'], readonly [SealKind, string, string]>;

/** The no, with its cause (A1), and the way on. */
export function refusedPage(look: Look, door: Door, state: Confirmation['state'], hostedPage: string): Html {
  const [kind, title, text] = ENDS[state];
  const open = state === 'opened' || state === 'sent';
  return demoPage(
    look,
    `${title}: ${door.title}`,
    html`<section class="card outcome">
      ${seal(kind)}
      <h1>${title}</h1>
      <p>${text} ${open ? null : `${door.title}: nothing was done.`}</p>
      <div class="ways">
        ${open ? linkButton(hostedPage, 'Go on') : linkButton('/demo', 'Try again')}
        ${open ? linkButton('/demo', 'Start again', 'quiet') : null}
      </div>
    </section>`,
  );
}

/** For what this browser never began, or began too long ago to be remembered. */
export function strangerPage(look: Look, title: string, text: string): Html {
  return demoPage(
    look,
    title,
    html`<section class="card outcome">
      ${seal('lost')}
      <h1>${title}</h1>
      <p>${text}</p>
      <div class="ways">${linkButton('/demo', 'To the start')}</div>
    </section>`,
  );
}

export type Granted = {
  readonly confirmation: string;
  readonly identifier: string;
  readonly formToken: string;
};

export function intranetPage(look: Look, granted: Granted): Html {
  const news = [
    ['Canteen', 'Lentils with lemon, or trout. The soup is leek.'],
    ['Roof garden', 'Open again from Monday. Bring your own chair.'],
    ['Parking', 'Row C is being painted until Thursday.'],
  ] as const;
  return demoPage(
    look,
    'Acme intranet',
    html`<section class="card inside">
        <p class="eyebrow">Acme intranet, for staff only</p>
        <h1>Welcome, ${granted.identifier}.</h1>
        <ul class="news">
          ${news.map(
            ([title, text]) =>
              html`<li>
                <h2>${title}</h2>
                <p>${text}</p>
              </li>`,
          )}
        </ul>
        ${postForm({
          action: '/demo/sign-out',
          token: granted.formToken,
          fields: button('Sign out', 'quiet'),
        })}
      </section>
      ${evidence(granted.confirmation)}`,
  );
}

export function transferPage(look: Look, granted: Omit<Granted, 'formToken'>): Html {
  return demoPage(
    look,
    'Transfer ordered',
    html`<section class="card outcome">
        ${seal('good')}
        <p class="eyebrow">Acme Bank</p>
        <h1>EUR&nbsp;312.40 to Acme is on its way.</h1>
        <p>Ordered by ${granted.identifier}, for exactly this amount and this account.</p>
        <div class="ways">${linkButton('/demo', 'Back to the demo', 'quiet')}</div>
      </section>
      ${evidence(granted.confirmation)}`,
  );
}

/** What remains of it: a file that needs neither us nor a network to be believed. */
function evidence(confirmation: string): Html {
  const receipt = `/demo/receipts/${confirmation}`;
  return html`<section class="card evidence" aria-labelledby="evidence">
    <h2 id="evidence">The receipt</h2>
    <p>
      One file that says who confirmed what, when, and on which second network, with the proof that it is in
      the log. Anyone who has it can check it, with no network and without asking us:
    </p>
    <pre class="command" tabindex="0"><code>npx countersign verify receipt.json</code></pre>
    <div class="ways">
      ${linkButton(`${receipt}?download`, 'Download receipt.json')}
      ${linkButton(receipt, 'Look at it', 'quiet')}
    </div>
    <p class="reference">Confirmation <code>${confirmation}</code></p>
  </section>`;
}
