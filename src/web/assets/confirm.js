/**
 * What the hosted confirmation page does better with a script: it counts down, takes a pasted or offered
 * code, sends it with the last digit typed by hand, and follows the state live. All of it also works without.
 *
 * A code that the browser fills in by itself is not sent by itself: the person brings it back by hand.
 */

const sheet = document.querySelector('[data-confirmation]');
const form = document.querySelector('[data-code-form]');
const field = document.querySelector('#code');

/** Longer than a second, so that the server's clock has passed the moment too. */
const RELOAD_AFTER_MS = 1500;

let isSending = false;
document.addEventListener('submit', () => {
  isSending = true;
});

if (sheet instanceof HTMLElement) follow(sheet);
if (form instanceof HTMLFormElement && field instanceof HTMLInputElement) takeCode(form, field);
for (const element of document.querySelectorAll('[data-countdown]')) countDown(element);
for (const element of document.querySelectorAll('[data-wait-ms]')) holdBack(element);
for (const each of document.querySelectorAll('form')) sendOnce(each);

// A page that comes back out of the browser's memory shows a state that may be long past.
addEventListener('pageshow', (event) => {
  if (event.persisted) showAnew();
});

/**
 * The page as the server now has it: by its own address, for the present one may be that of a form's answer.
 */
function showAnew() {
  location.replace(sheet.dataset.page);
}

function follow(element) {
  const { events } = element.dataset;
  if (!events || !('EventSource' in window)) return;
  const source = new EventSource(events);
  source.addEventListener('state', (event) => {
    const next = stateOf(event.data);
    // What was just sent is answered with a page that knows it too, and must not be cut short.
    if (next === null || next === element.dataset.state || isSending) return;
    if (next === 'sent') {
      void tellSent(element);
    } else {
      source.close();
      showAnew();
    }
  });
  addEventListener('pagehide', () => source.close());
}

/**
 * Says where the code went, and leaves the rest of the page alone: the person may be typing already, and a
 * page that is loaded anew would lose the digits and the place.
 */
async function tellSent(element) {
  element.dataset.state = 'sent';
  const answer = await fetch(element.dataset.page, { headers: { Accept: 'text/html' } }).catch(() => null);
  const text = answer?.ok ? await answer.text().catch(() => '') : '';
  const fresh = new DOMParser().parseFromString(text, 'text/html').querySelector('#code-sent');
  const present = document.querySelector('#code-sent');
  if (!fresh || !present) return;
  present.replaceChildren(...fresh.childNodes);
  const announcer = document.querySelector('[data-announce]');
  if (announcer) announcer.textContent = present.textContent;
}

function stateOf(data) {
  try {
    const { state } = JSON.parse(data);
    return typeof state === 'string' ? state : null;
  } catch {
    return null;
  }
}

function takeCode(form, field) {
  const digits = Number(form.dataset.digits);
  const hint = form.querySelector('[data-code-hint]');
  if (hint instanceof HTMLElement) hint.hidden = false;
  // Messages show codes as "123 456": room for what is cleaned away below.
  field.maxLength = digits * 3;
  field.addEventListener('input', (event) => {
    const code = digitsOf(field.value).slice(0, digits);
    if (code !== field.value) field.value = code;
    if (code.length === digits && isByHand(event)) form.requestSubmit();
  });
  void offerFromMessage(field, digits);
}

function digitsOf(text) {
  return text.normalize('NFKC').replace(/[^0-9]/g, '');
}

/** Typed key by key, or pasted: what autofill writes comes whole, or says nothing of how it came. */
function isByHand(event) {
  if (!event.isTrusted || !(event instanceof InputEvent)) return false;
  if (event.inputType === 'insertFromPaste' || event.inputType === 'insertFromDrop') return true;
  return event.inputType === 'insertText' && event.data?.length === 1;
}

/**
 * WebOTP: the browser reads the last line of the message, "@domain #code", and asks the person before it
 * fills in.
 */
async function offerFromMessage(field, digits) {
  if (!('OTPCredential' in window)) return;
  const stop = new AbortController();
  field.form?.addEventListener('submit', () => stop.abort());
  addEventListener('pagehide', () => stop.abort());
  try {
    const credential = await navigator.credentials.get({ otp: { transport: ['sms'] }, signal: stop.signal });
    const code = digitsOf(credential?.code ?? '');
    if (code.length !== digits) return;
    field.value = code;
    field.form?.querySelector('button[type=submit]')?.focus();
  } catch {
    // The person said no, or the page was left: the field is still there to type in.
  }
}

function countDown(element) {
  const total = Number(element.dataset.ofMs);
  const until = performance.now() + Number(element.dataset.leftMs);
  const text = element.querySelector('.countdown-text');
  const bar = element.querySelector('.countdown-bar');
  const announcer = document.querySelector('[data-announce]');
  let announced = until - performance.now() < 60_000;
  element.classList.add('countdown--running');
  const tick = () => {
    const left = Math.max(0, until - performance.now());
    write(text, element.dataset.running ?? '', left);
    bar?.style.setProperty('--left', String(left / total));
    element.classList.toggle('countdown--short', left < 60_000);
    if (left < 60_000 && !announced && announcer instanceof HTMLElement) {
      announced = true;
      announcer.textContent = announcer.dataset.lastMinute ?? '';
    }
    if (left > 0) return;
    clearInterval(timer);
    // A page that opened past its time has nothing newer to show: the live state will tell.
    if (Number(element.dataset.leftMs) > 0) setTimeout(showAnew, RELOAD_AFTER_MS);
  };
  const timer = setInterval(tick, 250);
  tick();
}

/** A button that may not be pressed yet says when it may. */
function holdBack(button) {
  const label = button.textContent ?? '';
  const until = performance.now() + Number(button.dataset.waitMs);
  document.querySelector('[data-resend-soon]')?.remove();
  const tick = () => {
    const left = until - performance.now();
    button.disabled = left > 0;
    if (left > 0) return write(button, button.dataset.waiting ?? '', left);
    clearInterval(timer);
    button.textContent = label;
  };
  const timer = setInterval(tick, 250);
  tick();
}

function write(element, template, leftMs) {
  const seconds = Math.ceil(leftMs / 1000);
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  const text = template.replace('{time}', time);
  if (element && element.textContent !== text) element.textContent = text;
}

/** A second press of the button would count as a second try. */
function sendOnce(form) {
  let sent = false;
  form.addEventListener('submit', (event) => {
    if (sent) event.preventDefault();
    sent = true;
    form.setAttribute('aria-busy', 'true');
  });
  addEventListener('pageshow', () => {
    sent = false;
    form.removeAttribute('aria-busy');
  });
}
