/**
 * What the pages of registered messages do better with a script: times are the reader's own, a message's page
 * follows what becomes of it, and no form is sent twice. All of it also works without.
 */

const live = document.querySelector('[data-live][data-events]');

localTimes(document);
if (live instanceof HTMLElement && 'EventSource' in window) follow(live);
for (const form of document.querySelectorAll('form[method="post"]:not([data-compose])')) sendOnce(form);

// A page that comes back out of the browser's memory shows a state that may be long past.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});

/** Every time on the page in the reader's zone and manner, the day left out where it is today's. */
function localTimes(root) {
  const language = document.documentElement.lang;
  const styles = {
    short: { day: 'numeric', month: 'short' },
    clock: { hour: 'numeric', minute: '2-digit' },
    long: { day: 'numeric', month: 'long', hour: 'numeric', minute: '2-digit' },
    day: { day: 'numeric', month: 'long', year: 'numeric' },
  };
  const now = new Date();
  for (const time of root.querySelectorAll('time[data-time]')) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const isToday = at.toDateString() === now.toDateString();
    const year = at.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' };
    const style = time.dataset.time;
    const shown = style === 'short' && isToday ? styles.clock : { ...styles[style], ...year };
    time.textContent = new Intl.DateTimeFormat(language, shown).format(at);
    time.title = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long' }).format(at);
  }
}

const AGAIN_MS = 2_000;

/**
 * Takes the page as the server now draws it whenever the message changed: the story grows at its end, and
 * what is announced is the state alone, which is the one live region.
 */
function follow(element) {
  const { events, page } = element.dataset;
  const source = new EventSource(events);
  let told = null;
  let shown = null;
  let isBusy = false;
  // One look at a time: of two whose answers cross, the older would stay.
  const catchUp = async () => {
    if (isBusy) return;
    isBusy = true;
    while (told !== shown) {
      const next = told;
      if (await refresh(page, shown === null, source)) shown = next;
      else await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    isBusy = false;
  };
  source.addEventListener('state', ({ data }) => {
    told = data;
    void catchUp();
  });
  for (const hint of document.querySelectorAll('[data-live-hint]')) hint.hidden = false;
  addEventListener('pagehide', () => source.close());
}

/** False when the page could not be had, and is to be asked for again. */
async function refresh(page, isFirst, source) {
  // Somebody who is being asked something is not to lose the question.
  if (document.querySelector('#recall')) return true;
  const answer = await fetch(page, { headers: { Accept: 'text/html' } }).catch(() => null);
  const text = await answer?.text().catch(() => null);
  if (typeof text !== 'string' || answer.status === 429 || answer.status >= 500) return false;
  const fresh = new DOMParser().parseFromString(text, 'text/html').querySelector('[data-live]');
  const present = document.querySelector('[data-live]');
  // Who is signed out meanwhile keeps what he sees, and who has just sent something waits for its answer.
  if (!answer.ok || !fresh || !present || present.querySelector('[aria-busy]')) return true;
  // Nothing more is to come; a stream that ended would be opened again and again.
  if (!fresh.dataset.events) source.close();
  localTimes(fresh);
  if (fresh.outerHTML === present.outerHTML) return true;
  const before = present.querySelectorAll('.event').length;
  if (!isFirst)
    for (const event of [...fresh.querySelectorAll('.event')].slice(before))
      event.classList.add('event--new');
  for (const hint of fresh.querySelectorAll('[data-live-hint]')) hint.hidden = false;
  const title = fresh.querySelector('h1')?.textContent ?? '';
  const said = present.querySelector('h1')?.textContent ?? '';
  const focused = document.activeElement?.closest('a, button')?.textContent;
  present.replaceWith(fresh);
  for (const form of fresh.querySelectorAll('form[method="post"]')) sendOnce(form);
  if (focused) [...fresh.querySelectorAll('a, button')].find((each) => each.textContent === focused)?.focus();
  if (title !== said) announce(title);
  return true;
}

function announce(text) {
  let region = document.querySelector('[data-announce]');
  if (!region) {
    region = document.createElement('p');
    region.className = 'hidden';
    region.role = 'status';
    region.dataset.announce = '';
    document.querySelector('main')?.append(region);
  }
  // A region that is new is read only when its text comes after it.
  setTimeout(() => (region.textContent = text), 100);
}

/** A second press of the button would be a second post. */
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
