/**
 * One connection of an ESME to the simulated operator: binding, answering, and asking.
 *
 *   open ──bind_*──▶ bound ──unbind by either side──▶ ended
 *     └── refused: the answer names the status, the connection stays for another try ──▶ ended
 */
import type { Socket } from 'node:net';
import { Wire } from '../src/gateway/smpp/wire.ts';
import type { Body, Pdu, PduDraft, Tlv } from '../src/gateway/smpp/pdu.ts';
import { tlv } from '../src/gateway/smpp/pdu.ts';
import { STATUS, type CommandName } from '../src/gateway/smpp/table.ts';

export type BindMode = 'receiver' | 'transmitter' | 'transceiver';

export type SmscBindOptions = {
  readonly socket: Socket;
  readonly systemId: string;
  /** ESME_ROK, or why this system id may not bind. */
  readonly checkBind: (body: Body<'bind_transceiver'>) => number;
  readonly onSubmit: (bind: SmscBind, pdu: Pdu<'submit_sm'>) => void;
  readonly onEnd: (bind: SmscBind) => void;
  /** While it is true, everything that comes is read and ignored. */
  readonly isSilent: () => boolean;
};

/** Told the status of the ESME's answer to a deliver_sm, or null when there will be none. */
export type Delivered = (status: number | null) => void;

export class SmscBind {
  readonly #options: SmscBindOptions;
  readonly #wire: Wire;
  readonly #asked = new Map<number, Delivered>();
  #mode: BindMode | null = null;
  #account = '';
  #sequence = 0;

  constructor(options: SmscBindOptions) {
    this.#options = options;
    this.#wire = new Wire(options.socket, {
      onPdu: (pdu) => this.#onPdu(pdu),
      onMalformedResponse: (refused) => this.#onAnswer(refused.sequence, refused.status),
      onEnd: () => {
        for (const delivered of this.#asked.values()) delivered(null);
        this.#asked.clear();
        options.onEnd(this);
      },
    });
  }

  /** The system id that is bound here, empty before. */
  get account(): string {
    return this.#account;
  }

  get maySubmit(): boolean {
    return this.#mode === 'transmitter' || this.#mode === 'transceiver';
  }

  get mayReceive(): boolean {
    return this.#wire.isOpen && (this.#mode === 'receiver' || this.#mode === 'transceiver');
  }

  send(draft: PduDraft): void {
    this.#wire.send(draft);
  }

  deliver(body: Partial<Body<'deliver_sm'>>, tlvs: readonly Tlv[], delivered: Delivered): void {
    const sequence = this.#ask(delivered);
    this.#wire.send({ command: 'deliver_sm', sequence, body, tlvs });
  }

  /** Asks whether the ESME is there; resolves with whether it answered. */
  enquire(): Promise<boolean> {
    return new Promise((resolve) => {
      const sequence = this.#ask((status) => resolve(status === STATUS.ESME_ROK));
      this.#wire.send({ command: 'enquire_link', sequence });
    });
  }

  unbind(): void {
    const sequence = this.#ask(() => this.#wire.destroy('unbound'));
    this.#wire.send({ command: 'unbind', sequence });
  }

  cut(): void {
    this.#options.socket.destroy();
    this.#wire.destroy('cut');
  }

  #ask(delivered: Delivered): number {
    this.#sequence = (this.#sequence % 0x7fffffff) + 1;
    this.#asked.set(this.#sequence, delivered);
    return this.#sequence;
  }

  #onPdu(pdu: Pdu): void {
    if (this.#options.isSilent()) return;
    const { sequence } = pdu;
    switch (pdu.command) {
      case 'bind_receiver':
        return this.#bind('receiver', pdu);
      case 'bind_transmitter':
        return this.#bind('transmitter', pdu);
      case 'bind_transceiver':
        return this.#bind('transceiver', pdu);
      case 'submit_sm':
        return this.#options.onSubmit(this, pdu);
      case 'enquire_link':
        return this.send({ command: 'enquire_link_resp', sequence });
      case 'unbind':
        this.send({ command: 'unbind_resp', sequence });
        this.#mode = null;
        return this.#wire.end();
      case 'query_sm':
        return this.send({ command: 'query_sm_resp', sequence, status: STATUS.ESME_RQUERYFAIL });
      case 'cancel_sm':
        return this.send({ command: 'cancel_sm_resp', sequence, status: STATUS.ESME_RCANCELFAIL });
      case 'deliver_sm_resp':
      case 'enquire_link_resp':
      case 'unbind_resp':
      case 'generic_nack':
        return this.#onAnswer(sequence, pdu.status);
      case 'deliver_sm':
      case 'outbind':
        return this.send({ command: 'generic_nack', sequence, status: STATUS.ESME_RINVCMDID });
      case 'bind_receiver_resp':
      case 'bind_transmitter_resp':
      case 'bind_transceiver_resp':
      case 'submit_sm_resp':
      case 'query_sm_resp':
      case 'cancel_sm_resp':
        // Answers to questions that an operator never asks.
        return;
    }
  }

  #bind(mode: BindMode, pdu: Pdu<'bind_transceiver' | 'bind_receiver' | 'bind_transmitter'>): void {
    const command: CommandName = `${pdu.command}_resp`;
    const status = this.#mode === null ? this.#options.checkBind(pdu.body) : STATUS.ESME_RALYBND;
    if (status === STATUS.ESME_ROK) {
      this.#mode = mode;
      this.#account = pdu.body.system_id;
    }
    this.send({
      command,
      sequence: pdu.sequence,
      status,
      body: { system_id: this.#options.systemId },
      tlvs: status === STATUS.ESME_ROK ? [tlv('sc_interface_version', 0x34)] : [],
    });
  }

  #onAnswer(sequence: number, status: number): void {
    const delivered = this.#asked.get(sequence);
    this.#asked.delete(sequence);
    delivered?.(status);
  }
}
