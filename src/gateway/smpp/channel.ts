/**
 * The SMS channel over SMPP 3.4: several operators' accounts, several binds each, one queue before them.
 *
 *   deliver ─▶ segments ─▶ queue ─▶ least loaded bind that is up, has room, and may send by its pace
 *                            └─ waited too long, no bind up, aborted ─▶ Outage: certainly not taken
 *
 *   answer                              a text of one segment      a later segment of several
 *   ESME_ROK                            accepted                   accepted when all are
 *   throttled, queue full               Outage, account slows down tried again for a while, then unknown
 *   system error and the like           Outage                     tried again for a while, then unknown
 *   any other status                    rejected with its name     unknown: a part is out
 *   no answer in time, connection lost  unknown                    unknown
 *
 * The first segment goes alone and asks; only when it is accepted do the others follow, so that a refused
 * number or a full queue leaves no half a text on a phone.
 */
import { assert } from '../../std/assert.ts';
import { monotonicMs } from '../../std/clock.ts';
import type { Log } from '../../std/log.ts';
import { Outage } from '../../std/outage.ts';
import { systemRandom, type Random } from '../../std/random.ts';
import { sleep } from '../../std/timer.ts';
import {
  ASSURANCES,
  type Channel,
  type Delivery,
  type DeliveryReceipt,
  type OutboundMessage,
} from '../channel.ts';
import { segment, type Segment } from '../sms/segment.ts';
import { createBook } from './book.ts';
import { Dispatcher, type Account, type Submission, type Submitted } from './dispatcher.ts';
import { LINK_TIMING, SmppLink, type LinkTiming } from './link.ts';
import { createPace } from './pace.ts';
import type { Pdu } from './pdu.ts';
import { parseReceipt, type MessageState } from './receipt.ts';
import { STATUS, statusName } from './table.ts';
import type { SmppUrl } from './url.ts';

export type SmppTiming = LinkTiming & {
  /** How long a message may wait for room before it is an Outage. */
  readonly waitMaxMs: number;
  /** How long the later segments of a text are tried again when the operator is busy. */
  readonly segmentsMaxMs: number;
};

const SMPP_TIMING: SmppTiming = { ...LINK_TIMING, waitMaxMs: 1_500, segmentsMaxMs: 4_000 };

export type SmppChannelOptions = {
  /** At least one; texts go to whichever is up and least loaded. */
  readonly urls: readonly SmppUrl[];
  readonly log: Log;
  /** Certificates in PEM that are trusted in place of the system's, for smpps. */
  readonly ca?: string;
  readonly timing?: Partial<SmppTiming>;
  readonly random?: Random;
};

/** Statuses that say "not now": nothing was taken, and the same message may go through later. */
const TEMPORARY: ReadonlySet<number> = new Set([
  STATUS.ESME_RINVBNDSTS,
  STATUS.ESME_RSYSERR,
  STATUS.ESME_RMSGQFUL,
  STATUS.ESME_RTHROTTLED,
  STATUS.ESME_RX_T_APPN,
]);

/** What a receipt's state means for the text; null for those that are not the last word. */
const OUTCOMES: Readonly<Record<MessageState, DeliveryReceipt['outcome'] | null>> = {
  ENROUTE: null,
  ACCEPTD: null,
  UNKNOWN: null,
  DELIVRD: 'delivered',
  EXPIRED: 'expired',
  DELETED: 'failed',
  UNDELIV: 'failed',
  REJECTD: 'failed',
};

const E164 = /^\+([1-9]\d{4,14})$/;
const SEGMENT_RETRY_MS = 500;

type Part = Omit<Submission, 'segment' | 'account' | 'onSubmitted'>;

/** Starts connecting at once. Disposing waits for answers that are due, unbinds and closes. */
export function createSmppChannel(options: SmppChannelOptions): Channel {
  assert(options.urls.length > 0, 'an SMPP channel needs at least one URL');
  const channel = new SmppChannel(options);
  return {
    kind: 'sms',
    assurance: ASSURANCES.sms,
    deliver: (message, signal) => channel.deliver(message, signal),
    onReceipt: (listener) => channel.onReceipt(listener),
    isUp: () => channel.isUp,
    [Symbol.asyncDispose]: () => channel.close(),
  };
}

class SmppChannel {
  readonly #log: Log;
  readonly #timing: SmppTiming;
  readonly #accounts: readonly Account[];
  readonly #dispatcher: Dispatcher;
  #listener: ((receipt: DeliveryReceipt) => Promise<void>) | null = null;
  #reference: number;

  constructor(options: SmppChannelOptions) {
    this.#log = options.log;
    this.#timing = { ...SMPP_TIMING, ...options.timing };
    // Phones join segments by sender and reference: another start keeps a restart from repeating fresh ones.
    this.#reference = (options.random ?? systemRandom)(1)[0] ?? 0;
    this.#accounts = options.urls.map((url) => this.#openAccount(url, options.ca));
    this.#dispatcher = new Dispatcher(this.#accounts, this.#timing.waitMaxMs);
    for (const { links } of this.#accounts) for (const link of links) link.start();
  }

  get isUp(): boolean {
    return this.#dispatcher.isUp;
  }

  onReceipt(listener: (receipt: DeliveryReceipt) => Promise<void>): void {
    assert(this.#listener === null, 'a channel has one listener for receipts');
    this.#listener = listener;
  }

  deliver(message: OutboundMessage, signal: AbortSignal): Promise<Delivery> {
    const to = E164.exec(message.to)?.[1];
    if (to === undefined)
      return Promise.resolve({ outcome: 'rejected', reason: 'the address is not in E.164' });
    this.#reference = (this.#reference + 1) & 0xff;
    const cut = segment(message.text, { reference: this.#reference });
    if (!cut.ok) return Promise.resolve({ outcome: 'rejected', reason: cut.refusal });
    const [first, ...others] = cut.value;
    assert(first !== undefined, 'a text was cut into no segments');
    const part: Part = { to, validityMs: message.validityMs, signal };
    return new Promise((resolve, reject) => {
      const onSubmitted = (submitted: Submitted): void => {
        if (submitted.kind !== 'accepted') return settle(submitted, resolve, reject);
        const { account, messageId } = submitted;
        // Here and not later: the receipt may be the very next PDU.
        account.book.open(messageId, cut.value.length);
        const named = messageId === '' ? `unnamed-${message.dispatchId}` : referenceOf(account, messageId);
        const accepted: Delivery = { outcome: 'accepted', reference: named };
        if (others.length === 0) return resolve(accepted);
        return resolve(
          this.#deliverOthers(part, others, account, messageId).then((lack) => lack ?? accepted),
        );
      };
      this.#dispatcher.submit({ ...part, segment: first, account: null, onSubmitted });
    });
  }

  async close(): Promise<void> {
    this.#dispatcher.close();
    await Promise.all(this.#accounts.flatMap(({ links }) => links.map((link) => link.close())));
  }

  /** The segments after the first, over the same account; null when all are accepted. */
  async #deliverOthers(
    part: Part,
    segments: readonly Segment[],
    account: Account,
    firstId: string,
  ): Promise<Delivery | null> {
    const untilMs = monotonicMs() + this.#timing.segmentsMaxMs;
    const submitted = await Promise.all(
      segments.map((segment) => this.#submitStubborn({ ...part, segment, account }, firstId, untilMs)),
    );
    const lacking = submitted.filter((one) => one.kind !== 'accepted');
    const [worst] = lacking;
    if (worst === undefined) return null;
    const total = segments.length + 1;
    return {
      outcome: 'unknown',
      reason: `${total - lacking.length} of ${total} segments were accepted: ${reasonOf(worst)}`,
    };
  }

  async #submitStubborn(
    submission: Omit<Submission, 'onSubmitted'>,
    firstId: string,
    untilMs: number,
  ): Promise<Submitted> {
    for (;;) {
      const submitted = await new Promise<Submitted>((resolve) => {
        const onSubmitted = (submitted: Submitted): void => {
          if (submitted.kind === 'accepted') submitted.account.book.join(firstId, submitted.messageId);
          resolve(submitted);
        };
        this.#dispatcher.submit({ ...submission, onSubmitted });
      });
      const mayRepeat =
        submitted.kind === 'unsent' || (submitted.kind === 'refused' && TEMPORARY.has(submitted.status));
      const isOver = submission.signal.aborted || monotonicMs() + SEGMENT_RETRY_MS > untilMs;
      if (!mayRepeat || isOver) return submitted;
      await sleep(SEGMENT_RETRY_MS, submission.signal);
    }
  }

  #openAccount(url: SmppUrl, ca: string | undefined): Account {
    const onDeliver = (pdu: Pdu<'deliver_sm'>): Promise<number> => this.#onDeliver(account, pdu);
    const link = (): SmppLink =>
      new SmppLink({
        url,
        log: this.#log,
        timing: this.#timing,
        onChange: () => this.#dispatcher.pump(),
        onDeliver,
        ...(ca === undefined ? {} : { ca }),
      });
    const account: Account = {
      url,
      links: Array.from({ length: url.binds }, link),
      pace: createPace({ ratePerSecond: url.ratePerSecond }),
      book: createBook(),
    };
    return account;
  }

  /** The operator is told "taken" only when the listener has taken it; else it is asked to come again. */
  async #onDeliver(account: Account, pdu: Pdu<'deliver_sm'>): Promise<number> {
    const receipt = parseReceipt(pdu);
    if (receipt === null) {
      this.#log.info('smpp deliver_sm is no receipt and was dropped');
      return STATUS.ESME_ROK;
    }
    const outcome = OUTCOMES[receipt.state];
    if (outcome === null) return STATUS.ESME_ROK;
    const weighed = account.book.weigh(receipt.messageId, outcome);
    if (weighed.reference !== null) {
      if (this.#listener === null) return STATUS.ESME_RX_T_APPN;
      const reason = receipt.error === '000' ? receipt.state : `${receipt.state} ${receipt.error}`;
      try {
        await this.#listener({ reference: referenceOf(account, weighed.reference), outcome, reason });
      } catch (error) {
        this.#log.warn({ err: error }, 'smpp receipt was not taken');
        return STATUS.ESME_RX_T_APPN;
      }
    }
    weighed.settle();
    return STATUS.ESME_ROK;
  }
}

function referenceOf(account: Account, messageId: string): string {
  return account.url.name === '' ? messageId : `${account.url.name}:${messageId}`;
}

function settle(
  submitted: Exclude<Submitted, { kind: 'accepted' }>,
  resolve: (delivery: Delivery) => void,
  reject: (outage: Outage) => void,
): void {
  if (submitted.kind === 'lost') return resolve({ outcome: 'unknown', reason: submitted.reason });
  if (submitted.kind === 'refused' && !TEMPORARY.has(submitted.status)) {
    return resolve({ outcome: 'rejected', reason: statusName(submitted.status) });
  }
  return reject(new Outage(`sms: ${reasonOf(submitted)}`, { retryAfterMs: submitted.retryAfterMs }));
}

function reasonOf(submitted: Submitted): string {
  if (submitted.kind === 'accepted') return 'accepted';
  return submitted.kind === 'refused' ? statusName(submitted.status) : submitted.reason;
}
