/**
 * What writing a registered message does better with a script: files are dropped or chosen one by one, each
 * shows how far it is, and what is refused is said on the page, which keeps all that was typed and sent.
 *
 *   the fields ──POST──▶ a draft ──PUT each file──▶ ──POST──▶ the page of the sender's code
 */

const form = document.querySelector('[data-compose]');
if (form instanceof HTMLFormElement) compose(form);

function compose(form) {
  const { drafts } = form.dataset;
  const texts = JSON.parse(form.dataset.texts);
  const token = form.querySelector('input[type="hidden"]');
  const input = form.querySelector('input[type="file"]');
  const list = form.querySelector('[data-files]');
  const status = form.querySelector('[data-status]');
  const button = form.querySelector('.compose-go button');
  /** What was chosen: {file, row, n}; `n` is its number in the draft once it arrived there. */
  let chosen = [];
  /** The draft that holds the fields as they were typed. */
  let draft = null;

  input.removeAttribute('name');
  form.querySelector('[data-drop]').classList.add('drop--live');
  form.querySelector('[data-drop-text]').hidden = false;
  input.addEventListener('change', () => {
    for (const file of input.files) add(file);
    input.value = '';
  });
  takeDrops(form.querySelector('[data-drop]'), add);

  function add(file) {
    if (chosen.some((each) => isSame(each.file, file))) return;
    const entry = { file, row: rowOf(file), n: null };
    entry.row.querySelector('button').addEventListener('click', () => {
      chosen = chosen.filter((each) => each !== entry);
      entry.row.remove();
      input.focus();
      // It may be in the draft already; without it, the next sending begins a new one.
      if (entry.n !== null) draft = null;
    });
    chosen.push(entry);
    list.append(entry.row);
  }

  function rowOf(file) {
    const row = element('li', 'file');
    const icon = element('span', 'file-icon');
    icon.dataset.kind = kindOf(file);
    icon.ariaHidden = 'true';
    const remove = element('button', 'file-remove');
    remove.type = 'button';
    remove.ariaLabel = `${texts.remove}: ${file.name}`;
    const bar = element('progress', 'file-bar');
    bar.max = 1;
    bar.value = 0;
    bar.hidden = true;
    bar.ariaLabel = file.name;
    row.append(
      icon,
      element('span', 'file-name', file.name),
      element('span', 'file-size', sizeOf(file)),
      remove,
      bar,
    );
    return row;
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (form.getAttribute('aria-busy') === 'true') return;
    say(null);
    busy(true);
    send()
      .then((page) => location.assign(page))
      .catch((error) => {
        busy(false);
        say(error instanceof Refused ? error.problem : { title: '', text: texts.failed });
      });
  });

  async function send() {
    const fields = new URLSearchParams(new FormData(form));
    const typed = fields.toString();
    if (draft?.typed !== typed) {
      status.textContent = texts.sending;
      const made = await post(drafts, fields);
      draft = { typed, path: made.draft };
      for (const entry of chosen) entry.n = null;
    }
    for (const entry of chosen) {
      if (entry.n !== null) continue;
      status.textContent = texts.file.replace('{name}', entry.file.name);
      const n = 1 + Math.max(0, ...chosen.map((each) => each.n ?? 0));
      await upload(entry, `${draft.path}/files/${n}`);
      entry.n = n;
    }
    status.textContent = texts.sending;
    const { page } = await post(`${draft.path}/submission`, new URLSearchParams([[token.name, token.value]]));
    return page;
  }

  function upload({ file, row }, path) {
    const bar = row.querySelector('progress');
    bar.hidden = false;
    row.classList.remove('file--wrong');
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open('PUT', `${path}?name=${encodeURIComponent(file.name)}`);
      request.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
      request.setRequestHeader('Countersign-Form', token.value);
      request.responseType = 'json';
      request.upload.addEventListener(
        'progress',
        ({ loaded, total }) => (bar.value = total ? loaded / total : 0),
      );
      request.addEventListener('error', () => reject(new Error('lost')));
      request.addEventListener('load', () => {
        if (request.status < 300) {
          bar.value = 1;
          row.classList.add('file--whole');
          return resolve();
        }
        bar.hidden = true;
        row.classList.add('file--wrong');
        return reject(refusalIn(request.response));
      });
      request.send(file);
    });
  }

  function busy(isBusy) {
    form.setAttribute('aria-busy', String(isBusy));
    button.disabled = isBusy;
    if (!isBusy) status.textContent = '';
  }

  function say(problem) {
    const place = form.querySelector('[data-problems]');
    place.replaceChildren();
    for (const field of form.querySelectorAll('[aria-invalid]')) field.removeAttribute('aria-invalid');
    if (problem === null) return;
    const notice = element('div', 'notice notice--error');
    notice.id = 'problem';
    notice.role = 'alert';
    if (problem.title) notice.append(element('p', 'notice-title', problem.title));
    notice.append(element('p', '', problem.text));
    place.append(notice);
    const field = form.querySelector(`#${problem.place ?? 'none'}`);
    field?.setAttribute('aria-invalid', 'true');
    field?.closest('details')?.setAttribute('open', '');
    notice.scrollIntoView({ block: 'center' });
    if (problem.place !== 'files') field?.focus({ preventScroll: true });
  }

  function sizeOf(file) {
    const [plain, kilo, mega] = JSON.parse(form.dataset.units);
    const format = (value, unit) =>
      `${value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: value < 10 && unit !== plain ? 1 : 0 })}\u00a0${unit}`;
    if (file.size < 1024) return format(file.size, plain);
    return file.size < 1024 ** 2 ? format(file.size / 1024, kilo) : format(file.size / 1024 ** 2, mega);
  }
}

function takeDrops(place, add) {
  const isOver = (on) => place.classList.toggle('drop--over', on);
  // Beside the place too: a file that is dropped there by mistake would take the page's stead.
  for (const name of ['dragover', 'drop']) addEventListener(name, (event) => event.preventDefault());
  place.addEventListener('dragover', () => isOver(true));
  place.addEventListener('dragleave', () => isOver(false));
  place.addEventListener('drop', (event) => {
    isOver(false);
    for (const file of event.dataTransfer?.files ?? []) add(file);
  });
}

class Refused extends Error {
  constructor(problem) {
    super(problem.text);
    this.problem = problem;
  }
}

async function post(path, fields) {
  const answer = await fetch(path, { method: 'POST', body: fields, headers: { Accept: 'application/json' } });
  const body = await answer.json().catch(() => null);
  if (answer.ok && body) return body;
  throw refusalIn(body);
}

/** What the server says is wrong; of any other failure all may be tried again. */
function refusalIn(body) {
  return typeof body?.text === 'string' ? new Refused(body) : new Error('failed');
}

function isSame(one, other) {
  return one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;
}

function kindOf({ type }) {
  if (type.startsWith('image/')) return 'image';
  if (type.startsWith('audio/')) return 'audio';
  return type === 'application/pdf' ? 'pdf' : 'text';
}

function element(name, className, text = '') {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
