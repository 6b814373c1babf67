/**
 * Our acquirer's host (B3), behind the lines: takes a message whose MAC was right and gives its answer. Every
 * message comes to its end in exactly one answer; nothing is thrown.
 */
import { asOutage } from '../../store/connection.ts';
import { answerMti, textOf, type Message } from '../../bank/iso8583/message.ts';
import { answer, UNDER_WAY, type Answer, type Context } from './context.ts';
import { bringCode } from './code.ts';
import { createOnce } from './once.ts';
import { digestOf, originOf, readAsked, type Asked } from './request.ts';
import { reverse } from './reversal.ts';
import { sell } from './sale.ts';
import { findTerminalByCode } from './store.ts';
import { homeOfTerminal, type Terminal } from './terminal.ts';

export type TerminalHost = {
  /** `code` is of the terminal that the session belongs to; `ip` is where its line comes from. */
  readonly take: (code: string, message: Message, ip: string) => Promise<Message>;
};

const DIGEST_KEY = 'countersign/terminal-digest/1';

export function createTerminalHost(context: Context): TerminalHost {
  const { sql, keys, log } = context;
  const once = createOnce(context);

  async function carryOut(terminal: Terminal, message: Message, ip: string): Promise<Answer> {
    const origin = originOf(message);
    if (origin === null) return answer('30');
    const asked = readAsked(message);
    if (!asked.ok) return answer(asked.refusal);
    // Undoing stays possible: money that was taken must be able to go back.
    if (terminal.disabledAt !== null && asked.value.kind !== 'reversal') return answer('58');
    if (textOf(message, 42)?.trimEnd() !== terminal.merchant.trimEnd()) return answer('03');
    const key = { home: homeOfTerminal(terminal.code), terminalId: terminal.id, ...origin };
    // Under one key of the ring as long as that is there: a repeat after a rotation is another message, and
    // refused as one.
    const digest = digestOf(message, keys.derive(keys.currentId, DIGEST_KEY));
    const job = { key, kind: asked.value.kind, digest };
    return once(job, (left) => workOn(asked.value)(left));

    function workOn(one: Asked): Parameters<typeof once>[1] {
      if (one.kind === 'reversal') return () => reverse(context, terminal, one);
      const at = { terminal, localDate: one.localDate, localTime: one.localTime };
      if (one.kind === 'code') return () => bringCode(context, key, at, one);
      return (left) => sell(context, { key, at, ip }, one, left);
    }
  }

  async function answered(code: string, message: Message, ip: string): Promise<Answer> {
    try {
      const terminal = await findTerminalByCode(sql, code);
      return terminal === null ? answer('58') : await carryOut(terminal, message, ip);
    } catch (error) {
      log.error({ err: asOutage(error) }, 'a message of a terminal could not be answered');
      return UNDER_WAY;
    }
  }

  return {
    take: async (code, message, ip) => messageOf(message, await answered(code, message, ip)),
  };
}

/** What an answer says again, and what is new. */
function messageOf({ mti, fields }: Message, made: Answer): Message {
  const { 3: processing, 4: amount, 7: time, 11: stan, 12: hour, 13: date } = fields;
  const { 41: terminal, 42: merchant, 49: currency } = fields;
  return {
    mti: answerMti(mti),
    fields: {
      3: processing,
      4: amount,
      7: time,
      11: stan,
      12: hour,
      13: date,
      37: made.rrn,
      38: made.authCode?.padEnd(6).slice(0, 6),
      39: made.code,
      41: terminal,
      42: merchant,
      49: currency,
      48: made.elements,
      63: made.ticket,
    },
  };
}
