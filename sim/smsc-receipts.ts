/**
 * The receipts that a simulated operator owes its ESMEs: each is sent after the phone's delay, in both forms
 * (text and optional parameters), and sent again until an ESME takes it or it has been tried often enough.
 *
 *   add ──delay──▶ deliver_sm ──ESME_ROK──▶ taken
 *                      │  ▲
 *                      └──┴── refused, cut, or no bind: again after a second, ten times
 */
import { monotonicMs } from '../src/std/clock.ts';
import { afterUnref, type Timer } from '../src/std/timer.ts';
import { tlv, type Body } from '../src/gateway/smpp/pdu.ts';
import { formatReceipt, MESSAGE_STATES, type MessageState } from '../src/gateway/smpp/receipt.ts';
import { STATUS } from '../src/gateway/smpp/table.ts';
import type { SmscBind } from './smsc-bind.ts';

export type OwedReceipt = {
  /** Where the message came from; its receipt goes there, or to another bind of the same account. */
  readonly bind: SmscBind;
  readonly messageId: string;
  readonly state: MessageState;
  readonly submitted: string;
  readonly done: string;
  readonly original: Body<'submit_sm'>;
};

export type ReceiptDeskOptions = {
  readonly delayMs: number;
  readonly pick: (preferred: SmscBind) => SmscBind | null;
  readonly onTaken: () => void;
};

type Owed = { readonly receipt: OwedReceipt; readonly dueMs: number; readonly tries: number };

const AGAIN_MS = 1_000;
const TRIES_MAX = 10;
const OWED_MAX = 100_000;
const ESM_RECEIPT = 0x04;
const ERRORS: Readonly<Partial<Record<MessageState, string>>> = {
  UNDELIV: '027',
  EXPIRED: '255',
  REJECTD: '011',
};

export class ReceiptDesk {
  readonly #options: ReceiptDeskOptions;
  /** Each line is in the order of its due times, for the delay within a line is always the same. */
  #fresh: Owed[] = [];
  #again: Owed[] = [];
  #timer: Timer | null = null;
  #closed = false;

  constructor(options: ReceiptDeskOptions) {
    this.#options = options;
  }

  add(receipt: OwedReceipt): void {
    if (this.#fresh.length >= OWED_MAX) return;
    this.#fresh.push({ receipt, dueMs: monotonicMs() + this.#options.delayMs, tries: 0 });
    this.#arm();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #arm(): void {
    const [fresh] = this.#fresh;
    const [again] = this.#again;
    if (this.#timer !== null || this.#closed || (fresh === undefined && again === undefined)) return;
    const dueMs = Math.min(fresh?.dueMs ?? Infinity, again?.dueMs ?? Infinity);
    this.#timer = afterUnref(Math.max(1, dueMs - monotonicMs()), () => {
      this.#timer = null;
      const nowMs = monotonicMs();
      this.#fresh = this.#sendDue(this.#fresh, nowMs);
      this.#again = this.#sendDue(this.#again, nowMs);
      this.#arm();
    });
  }

  #sendDue(owed: Owed[], nowMs: number): Owed[] {
    let sent = 0;
    while (sent < owed.length) {
      const next = owed[sent];
      if (next === undefined || next.dueMs > nowMs) break;
      sent++;
      this.#send(next);
    }
    return sent === 0 ? owed : owed.slice(sent);
  }

  #send(owed: Owed): void {
    const { receipt } = owed;
    const bind = this.#options.pick(receipt.bind);
    if (bind === null) return this.#later(owed);
    const { messageId, state, original } = receipt;
    const text = formatReceipt({ messageId, state, error: ERRORS[state] ?? '000' }, receipt);
    // The receipt travels from the phone to the sender.
    const body = {
      source_addr_ton: original.dest_addr_ton,
      source_addr_npi: original.dest_addr_npi,
      source_addr: original.destination_addr,
      dest_addr_ton: original.source_addr_ton,
      dest_addr_npi: original.source_addr_npi,
      destination_addr: original.source_addr,
      esm_class: ESM_RECEIPT,
      short_message: Buffer.from(text, 'latin1'),
    };
    const tlvs = [tlv('receipted_message_id', messageId), tlv('message_state', MESSAGE_STATES[state])];
    bind.deliver(body, tlvs, (status) => {
      if (status === STATUS.ESME_ROK) this.#options.onTaken();
      else this.#later(owed);
    });
  }

  #later(owed: Owed): void {
    if (this.#closed || owed.tries >= TRIES_MAX) return;
    this.#again.push({ ...owed, dueMs: monotonicMs() + AGAIN_MS, tries: owed.tries + 1 });
    this.#arm();
  }
}
