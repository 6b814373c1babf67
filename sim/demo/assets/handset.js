/**
 * What the handset page does better with a script: messages appear as they arrive, times are the reader's
 * own, and a code can be copied by one press.
 */

const inbox = document.querySelector('#inbox');

if (inbox instanceof HTMLElement) {
  dress(inbox);
  toTheEnd(inbox);
  listen(inbox);
}

function listen(inbox) {
  const source = new EventSource(inbox.dataset.events);
  let isBusy = false;
  let isStale = false;
  // One look at a time: of two whose answers cross, the older would stay.
  const catchUp = async () => {
    isStale = true;
    if (isBusy) return;
    isBusy = true;
    while (isStale) {
      isStale = false;
      await refresh(inbox);
    }
    isBusy = false;
  };
  // Every opening too: what came before the first one, or while the connection was away, would be missed
  // otherwise.
  source.addEventListener('open', () => void catchUp());
  source.addEventListener('message', () => void catchUp());
  addEventListener('pagehide', () => source.close());
}

/** Takes the messages from the page as the server now draws it. */
async function refresh(inbox) {
  const answer = await fetch(location.href, { headers: { Accept: 'text/html' } }).catch(() => null);
  const text = answer?.ok ? await answer.text().catch(() => null) : null;
  // What cannot be had now is had at the next opening, for then the server is away.
  if (text === null) return;
  const page = new DOMParser().parseFromString(text, 'text/html');
  const fresh = page.querySelector('#inbox');
  if (!fresh) return;
  const before = inbox.querySelectorAll('.sms').length;
  inbox.replaceChildren(...fresh.childNodes);
  for (const sms of [...inbox.querySelectorAll('.sms')].slice(before)) sms.classList.add('sms--new');
  dress(inbox);
  toTheEnd(inbox);
  const numbers = page.querySelector('.numbers');
  if (numbers) document.querySelector('.numbers')?.replaceWith(numbers);
}

function toTheEnd(inbox) {
  inbox.scrollTop = inbox.scrollHeight;
}

function dress(inbox) {
  for (const time of inbox.querySelectorAll('time')) {
    const at = new Date(time.dateTime);
    time.textContent = at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  }
  if (!navigator.clipboard) return;
  for (const code of inbox.querySelectorAll('[data-code]')) {
    const sms = code.closest('.sms');
    if (!sms || sms.querySelector('.sms-copy')) continue;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'sms-copy';
    button.textContent = 'Copy the code';
    button.addEventListener('click', () => void copy(code.textContent ?? '', button));
    sms.append(button);
  }
}

async function copy(code, button) {
  await navigator.clipboard.writeText(code);
  button.textContent = 'Copied';
}
