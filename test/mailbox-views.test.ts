import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Hono } from 'hono';
import type { Browser } from 'playwright-core';
import { findBarriers, openBrowser, openSite, type Site } from './browser.ts';
import { LANGUAGES, type Language } from '../src/std/language.ts';
import { openWebAssets } from '../src/web/assets.ts';
import type { Html } from '../src/web/html.ts';
import { securityHeaders } from '../src/web/security-headers.ts';
import { MESSAGE_STATES, type FileInfo, type MessageState, type ShownParty } from '../src/message/message.ts';
import type { MessageStory, Role } from '../src/message/verbs.ts';
import { composePage } from '../src/message/mailbox/compose-view.ts';
import { mailboxPage } from '../src/message/mailbox/list-view.ts';
import { messagePage } from '../src/message/mailbox/message-view.ts';
import { readingPage } from '../src/message/mailbox/reading-view.ts';
import { signInPage } from '../src/message/mailbox/sign-in-view.ts';
import { MAIL_TEXTS } from '../src/message/mailbox/texts.ts';
import {
  COMPOSE_PROBLEMS,
  type ComposeFields,
  type ComposeProblemKind,
  type Frame,
} from '../src/message/mailbox/view.ts';

/** The pages of registered messages as functions of what they show; and in a browser, as axe sees them. */
const PICTURES = process.env['PICTURES'];
const NOW_MS = Date.UTC(2026, 10, 21, 14, 10);
const DAY_MS = 86_400_000;
const assets = openWebAssets();

const frame = (language: Language, more: Partial<Frame> = {}): Frame => ({
  language,
  assets,
  client: { id: 'cli_1', name: 'Acme Bank' },
  person: 'Alice Martin',
  formToken: 'a-form-token',
  path: '/mail/cli_1',
  ...more,
});

const party = (name: string, number = '+33 6 •• •• •• 12'): ShownParty => ({
  name,
  number,
  source: 'contract',
  commitment: 'x',
});

const file = (n: number, name: string, type: string, sizeBytes: number): FileInfo => ({
  n,
  name,
  type,
  sizeBytes,
  sha256: 'ab'.repeat(32),
});
const FILES = [
  file(0, 'message.txt', 'text/plain; charset=utf-8', 412),
  file(1, 'Lease of the flat, 12 Rue des Lilas, signed by both parties.pdf', 'application/pdf', 1_482_113),
  file(2, 'balcony.jpg', 'image/jpeg', 331_870),
  file(3, 'meter reading.m4a', 'audio/mp4', 22_941),
].map((each) => ({ ...each, whole: true }));

/** What has happened to a message in each state, as the log has it. */
const EVENTS: Readonly<Record<MessageState, readonly (readonly [string, number | null, string | null])[]>> = {
  draft: [],
  submitted: [],
  rejected: [['SubmissionRejection', 0, 'attempts_used_up']],
  waiting: [
    ['SubmissionAcceptance', null, null],
    ['NotificationForAcceptance', 0, null],
    ['DispatchAccepted', 0, null],
  ],
  accepted: [
    ['SubmissionAcceptance', null, null],
    ['NotificationForAcceptance', 0, null],
    ['NotificationForAcceptance', 1, null],
    ['ContentAccessTracking', 0, null],
    ['ConsignmentAcceptance', null, null],
    ['ContentConsignment', null, null],
  ],
  handed_over: [
    ['SubmissionAcceptance', null, null],
    ['ContentConsignment', null, null],
    ['ConsignmentNotification', 0, null],
    ['ContentAccessTracking', 0, null],
    ['ContentHandover', null, null],
    ['ContentAccessTracking', 1, null],
  ],
  refused: [
    ['SubmissionAcceptance', null, null],
    ['NotificationForAcceptance', 0, null],
    ['ConsignmentRejection', null, null],
  ],
  recalled: [
    ['SubmissionAcceptance', null, null],
    ['ConsignmentNotificationFailure', 0, null],
    ['ContentHandoverFailure', null, 'recalled'],
  ],
  expired: [
    ['SubmissionAcceptance', null, null],
    ['AcceptanceRejectionExpiry', null, 'time_passed'],
  ],
};

function storyOf(state: MessageState, role: Role, more: Partial<MessageStory> = {}): MessageStory {
  const isSealed = role === 'addressee' && state !== 'handed_over';
  const isRegistered = !['draft', 'submitted', 'rejected'].includes(state);
  return {
    id: 'msg_0g3n5s2h8v4k7m1q9r6t2w8x5z',
    clientId: 'cli_1',
    state,
    reason: null,
    role,
    subject: isSealed ? null : 'Notice of termination of the lease, 12 Rue des Lilas',
    sender: party('Alice Martin'),
    addressee: party('Bruno Keller', '+33 6 •• •• •• 13'),
    acceptance: state === 'waiting' || state === 'accepted',
    language: 'en',
    notifySender: true,
    files: isSealed ? [] : FILES,
    sizeBytes: 1_837_336,
    digest: 'ab'.repeat(32),
    fingerprint: isRegistered ? '3f9a 01c2 77de' : null,
    contentErased: false,
    submissionId: null,
    readings: 1,
    notices: 1,
    validityMs: 15 * DAY_MS,
    createdAtMs: NOW_MS,
    acceptedAtMs: isRegistered ? NOW_MS : null,
    expiresAtMs: isRegistered ? NOW_MS + 15 * DAY_MS : null,
    handedOverAtMs: null,
    endedAtMs: null,
    nowMs: NOW_MS,
    events: EVENTS[state].map(([name, n, reason], i) => ({
      name,
      n,
      reason,
      atMs: NOW_MS + i * 97_000,
      channel: null,
      kind: null,
      confirmationId: null,
    })),
    ...more,
  };
}

const FIELDS: ComposeFields = {
  to: '',
  number: '',
  subject: '',
  text: '',
  validDays: 15,
  language: '',
  acceptance: false,
  notifySender: true,
};
const TEXT = `Dear Mr Keller,

I give notice of the lease of the flat at 12 Rue des Lilas to the end of February.
The keys are with the caretaker from the 20th.

<script>alert(1)</script>

With kind regards,
Alice Martin`;

const compose = (language: Language, kind: ComposeProblemKind | null, more: Partial<ComposeFields> = {}) =>
  composePage(frame(language), {
    fields: { ...FIELDS, ...more },
    problem: kind === null ? null : { kind, ...(kind === 'file_type' ? { file: 'tool.exe' } : {}) },
    filesLost: kind === 'to_unknown',
  });

const reading = (language: Language, step: 'answer' | 'open' | 'refused' | 'over' | 'damaged' | 'content') =>
  readingPage(frame(language), {
    messageId: 'msg_1',
    readingId: 'cnf_1',
    sender: party('Alice Martin'),
    fingerprint: '3f9a 01c2 77de',
    ...(step === 'content'
      ? {
          step,
          subject: 'Notice of termination of the lease, 12 Rue des Lilas',
          text: TEXT,
          files: FILES.slice(1),
          untilMs: NOW_MS + 900_000,
        }
      : { step }),
  });

const list = (language: Language, box: 'waiting' | 'read' | 'sent', query = '') => {
  const role = box === 'sent' ? 'sender' : 'addressee';
  const states: readonly MessageState[] =
    box === 'waiting'
      ? ['waiting', 'accepted', 'waiting']
      : box === 'read'
        ? ['handed_over', 'expired', 'handed_over']
        : ['submitted', 'waiting', 'handed_over', 'refused', 'recalled', 'expired', 'rejected', 'accepted'];
  return mailboxPage(frame(language), {
    box,
    query,
    isFirstPage: true,
    list: {
      items: query === '' ? states.map((state) => storyOf(state, role)) : [],
      nextCursor: query === '' ? 'further' : null,
    },
  });
};

type Shown = readonly [name: string, page: (language: Language) => Html];

const PAGES: readonly Shown[] = [
  [
    'sign-in',
    (l) => signInPage(frame(l, { person: null }), { identifier: '', returnPath: '/', refused: null }),
  ],
  [
    'sign-in-refused',
    (l) =>
      signInPage(frame(l, { person: null }), { identifier: 'alcie', returnPath: '/', refused: 'unknown' }),
  ],
  ['list-waiting', (l) => list(l, 'waiting')],
  ['list-read', (l) => list(l, 'read')],
  ['list-sent', (l) => list(l, 'sent')],
  ['list-none-found', (l) => list(l, 'sent', 'lease')],
  ['compose', (l) => compose(l, null)],
  ['compose-wrong', (l) => compose(l, 'to_unknown', { to: 'bruno', subject: 'Lease', text: TEXT })],
  ...(['sender', 'addressee'] as const).flatMap((role) =>
    MESSAGE_STATES.map((state): Shown => [
      `message-${role}-${state}`,
      (l) => messagePage(frame(l), { story: storyOf(state, role), asksRecall: false, notice: null }),
    ]),
  ),
  [
    'message-recall',
    (l) =>
      messagePage(frame(l), { story: storyOf('waiting', 'sender'), asksRecall: true, notice: 'too_late' }),
  ],
  ...(['answer', 'open', 'refused', 'over', 'damaged', 'content'] as const).map((step): Shown => [
    `reading-${step}`,
    (l) => reading(l, step),
  ]),
];

let site: Site;
let browser: Browser;

before(async () => {
  browser = await openBrowser();
  const app = new Hono();
  app.route('/', assets.routes);
  app.use('*', securityHeaders({ https: false }));
  for (const [name, page] of PAGES)
    app.get(`/${name}`, (c) => c.html(page((c.req.query('lang') ?? 'en') as Language)));
  site = await openSite(app);
});

after(async () => {
  await browser.close();
  await site[Symbol.asyncDispose]();
});

test('S18: no page has anything inline, and what people wrote is text', () => {
  for (const language of LANGUAGES) {
    for (const [name, page] of PAGES) {
      const text = page(language).toString();
      assert.doesNotMatch(
        text,
        /<script>|<script(?! type="module" src=)|\son\w+=|style="|javascript:/i,
        name,
      );
      assert.doesNotMatch(text, /undefined|\[object/, `${name} in ${language}`);
    }
  }
  assert.ok(reading('en', 'content').toString().includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
});

test('S19: what reads, recalls or answers is a form that posts, with its token', () => {
  for (const [name, page] of PAGES) {
    for (const [form] of page('en')
      .toString()
      .matchAll(/<form[\s\S]*?<\/form>/g)) {
      if (form.includes('class="search"')) continue;
      assert.match(form, /^<form method="post"/, name);
      assert.match(form, /name="form_token" value="a-form-token"/, name);
    }
  }
});

test('M2: before the handover the addressee is shown nothing of what the message says', () => {
  for (const state of MESSAGE_STATES.filter((each) => each !== 'handed_over')) {
    const story = storyOf(state, 'addressee');
    const text = messagePage(frame('en'), { story, asksRecall: false, notice: null }).toString();
    assert.doesNotMatch(text, /Rue des Lilas|Lease/, state);
  }
  for (const step of ['answer', 'open', 'refused', 'over', 'damaged'] as const)
    assert.doesNotMatch(reading('en', step).toString(), /Rue des Lilas|Lease/, step);
});

test('every way in which a message cannot be sent is said at its field, in every language', () => {
  for (const language of LANGUAGES) {
    for (const [kind, place] of Object.entries(COMPOSE_PROBLEMS) as [ComposeProblemKind, string][]) {
      const text = compose(language, kind).toString();
      assert.ok(text.includes(MAIL_TEXTS[language].compose.problems[kind].replaceAll('“', '“')), kind);
      if (place === 'page') continue;
      const field = new RegExp(`id="${place}"[^>]*aria-invalid="true"`);
      assert.match(text.replaceAll(/\s+/g, ' '), field, `${kind} at ${place}`);
    }
  }
});

test('the languages differ, and none leaves a sentence to another', () => {
  const sentences = (value: unknown): string[] =>
    typeof value === 'string'
      ? [value]
      : value !== null && typeof value === 'object'
        ? Object.values(value).flatMap(sentences)
        : [];
  const english = new Set(sentences(MAIL_TEXTS.en).filter((text) => text.split(' ').length > 3));
  for (const language of LANGUAGES.filter((each) => each !== 'en')) {
    const same = sentences(MAIL_TEXTS[language]).filter((text) => english.has(text));
    assert.deepEqual(same, [], language);
  }
});

const LOOKS = [
  ['desktop', { viewport: { width: 1280, height: 900 } }],
  [
    'phone-dark',
    { viewport: { width: 390, height: 844 }, colorScheme: 'dark' as const, isMobile: true, hasTouch: true },
  ],
] as const;

for (const [look, options] of LOOKS) {
  test(`U2: every page is whole for axe, and no wider than its window (${look})`, async () => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    for (const [name] of PAGES) {
      await page.goto(`${site.origin}/${name}`);
      assert.deepEqual(await findBarriers(page), [], name);
      const spill = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.ok(spill <= 0, `${name} is ${spill} px too wide`);
      if (PICTURES) await page.screenshot({ path: join(PICTURES, `${look}-${name}.png`), fullPage: true });
    }
    await context.close();
  });
}

test('U2: in every language every page fits a small phone', async () => {
  const context = await browser.newContext({
    viewport: { width: 360, height: 740 },
    javaScriptEnabled: false,
  });
  const page = await context.newPage();
  for (const language of LANGUAGES) {
    for (const [name] of PAGES) {
      await page.goto(`${site.origin}/${name}?lang=${language}`);
      const spill = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.ok(spill <= 0, `${name} in ${language} is ${spill} px too wide`);
    }
  }
  await page.goto(`${site.origin}/list-sent?lang=de`);
  if (PICTURES) await page.screenshot({ path: join(PICTURES, 'small-list-de.png'), fullPage: true });
  await context.close();
});
