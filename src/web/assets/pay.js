/**
 * What the hosted payment page does better with a script: card numbers in groups, their brand and their check
 * digit beside the field, one press of the button only, and the payment live. All of it also works without.
 *
 * Nothing of a card is stored here, and nothing leaves but with the form itself.
 */

const sheet = document.querySelector('[data-payment]');
const form = document.querySelector('[data-pay-form]');

let isSending = false;
document.addEventListener('submit', () => {
  isSending = true;
});

if (sheet instanceof HTMLElement) follow(sheet);
if (form instanceof HTMLFormElement) helpWith(form);
for (const each of document.querySelectorAll('form')) sendOnce(each);

// A page that comes back out of the browser's memory shows a state that may be long past.
addEventListener('pageshow', (event) => {
  if (event.persisted && sheet instanceof HTMLElement) location.replace(sheet.dataset.page);
});

function follow(element) {
  const { events, state, page } = element.dataset;
  if (!events || !('EventSource' in window)) return;
  const source = new EventSource(events);
  source.addEventListener('state', (event) => {
    const next = stateOf(event.data);
    // What was just sent is answered with a page that knows it too, and must not be cut short.
    if (next === null || next === state || isSending) return;
    source.close();
    location.replace(page);
  });
  addEventListener('pagehide', () => source.close());
}

function stateOf(data) {
  try {
    const { state } = JSON.parse(data);
    return typeof state === 'string' ? state : null;
  } catch {
    return null;
  }
}

/** As in src/payment/card/brand.ts, as far as it shows: name, first digits, lengths, groups, code. */
const BRANDS = [
  ['American Express', /^3[47]/, [15], [4, 10], 4],
  ['Visa', /^4/, [13, 16, 18, 19], null, 3],
  ['Mastercard', /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16], null, 3],
];
const LENGTH_MAX = 19;
const GROUPS = [4, 8, 12, 16];

function brandOf(digits) {
  return BRANDS.find(([, first]) => first.test(digits)) ?? null;
}

function helpWith(form) {
  const texts = JSON.parse(form.dataset.texts);
  const [number, expiry, code] = ['number', 'expiry', 'code'].map((id) => form.querySelector(`#${id}`));
  const brand = form.querySelector('[data-brand]');

  number.addEventListener('input', () => {
    regroup(number);
    brand.textContent = brandOf(digitsOf(number.value))?.[0] ?? '';
    if (isInvalid(number) && numberError(texts, number) === null) tell(number, null);
  });
  number.addEventListener('blur', () => number.value !== '' && tell(number, numberError(texts, number)));

  expiry.addEventListener('input', (event) => {
    const isDeleting = event instanceof InputEvent && event.inputType.startsWith('delete');
    if (!isDeleting) spread(expiry);
    if (isInvalid(expiry) && expiryError(texts, expiry) === null) tell(expiry, null);
  });
  expiry.addEventListener('blur', () => expiry.value !== '' && tell(expiry, expiryError(texts, expiry)));

  code.addEventListener('input', () => {
    const digits = digitsOf(code.value);
    if (digits !== code.value) code.value = digits;
    if (isInvalid(code) && codeError(texts, code, number) === null) tell(code, null);
  });
  code.addEventListener('blur', () => code.value !== '' && tell(code, codeError(texts, code, number)));

  // A card that is chosen instead asks for the first thing to type.
  for (const choice of form.querySelectorAll('input[type=radio]')) {
    choice.addEventListener('change', () => choice.value === 'card' && number.focus());
  }

  form.addEventListener('submit', (event) => {
    const chosen = form.querySelector('input[name=means]:checked');
    if (chosen !== null && chosen.value !== 'card') return;
    const wrong = [
      [number, numberError(texts, number)],
      [expiry, expiryError(texts, expiry)],
      [code, codeError(texts, code, number)],
    ].filter(([, error]) => error !== null);
    for (const [field, error] of wrong) tell(field, error);
    if (wrong.length === 0) return;
    // The server would say the same, and card data would have to be typed again.
    event.preventDefault();
    wrong[0][0].focus();
  });
}

function digitsOf(text) {
  return text.normalize('NFKC').replace(/[^0-9]/g, '');
}

function numberError(texts, field) {
  const digits = digitsOf(field.value);
  const lengths = brandOf(digits)?.[2];
  const isLong = lengths ? lengths.includes(digits.length) : digits.length >= 12;
  // Some cards of this scheme have no check digit.
  const isChecked = digits.startsWith('62') || digits.startsWith('81') || passesLuhn(digits);
  return isLong && digits.length <= LENGTH_MAX && isChecked ? null : texts.number;
}

function passesLuhn(digits) {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    sum += i % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0);
  }
  return sum % 10 === 0;
}

function expiryError(texts, field) {
  const [, month, year] = /^\s*(0?[1-9]|1[0-2])\s*[/.\-\s]?\s*(?:20)?(\d\d)\s*$/.exec(field.value) ?? [];
  if (year === undefined) return texts.expiry;
  // A month is over when it is over in the last place on Earth.
  const end = Date.UTC(2000 + Number(year), Number(month), 1, 12);
  return Date.now() < end ? null : texts.expired;
}

function codeError(texts, field, number) {
  const needed = brandOf(digitsOf(number.value))?.[4];
  const { length } = digitsOf(field.value);
  return needed === undefined
    ? length === 3 || length === 4
      ? null
      : texts.code
    : length === needed
      ? null
      : texts.code;
}

function isInvalid(field) {
  return field.getAttribute('aria-invalid') === 'true';
}

/** Says what is wrong beneath the field, and takes it back once it is mended. */
function tell(field, error) {
  const id = `${field.id}-error`;
  const place = field.closest('.field');
  const others = (field.getAttribute('aria-describedby') ?? '')
    .split(' ')
    .filter((each) => each && each !== id);
  document.getElementById(id)?.remove();
  if (error === null) {
    field.removeAttribute('aria-invalid');
  } else {
    const line = document.createElement('p');
    line.className = 'field-error';
    line.id = id;
    line.textContent = error;
    place.querySelector('.input-frame').after(line);
    field.setAttribute('aria-invalid', 'true');
    others.unshift(id);
  }
  if (others.length > 0) field.setAttribute('aria-describedby', others.join(' '));
  else field.removeAttribute('aria-describedby');
}

/** Writes the digits as they stand on the card, with the caret after the digit that it was after. */
function regroup(field) {
  const before = digitsOf(field.value.slice(0, field.selectionStart ?? field.value.length)).length;
  const digits = digitsOf(field.value).slice(0, LENGTH_MAX);
  const ends = brandOf(digits)?.[3] ?? GROUPS;
  let text = '';
  let caret = 0;
  for (let i = 0; i < digits.length; i++) {
    if (ends.includes(i)) text += ' ';
    text += digits[i];
    if (i + 1 === before) caret = text.length;
  }
  if (text === field.value) return;
  field.value = text;
  field.setSelectionRange(caret, caret);
}

/** "0329" and "3/29" as "03 / 29", while it is typed at its end. */
function spread(field) {
  if (field.selectionStart !== field.value.length) return;
  const [, first, separator, rest] = /^\s*(\d{0,2})(\D*)(\d*)/.exec(field.value) ?? [];
  if (first === undefined || first === '') return;
  const alone = first.length === 1 && (separator.trim() !== '' || Number(first) > 1);
  const month = alone ? `0${first}` : first;
  if (month.length < 2) return;
  field.value = `${month} / ${digitsOf(rest).slice(0, 4)}`;
}

/** A second press would ask the bank again; the first one may take as long as a bank does. */
function sendOnce(form) {
  form.addEventListener('submit', (event) => {
    if (event.defaultPrevented) return;
    if (form.getAttribute('aria-busy') === 'true') {
      event.preventDefault();
      return;
    }
    form.setAttribute('aria-busy', 'true');
    const status = form.querySelector('[data-status]');
    if (status instanceof HTMLElement) status.textContent = JSON.parse(form.dataset.texts).asking;
  });
}
