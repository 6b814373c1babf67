/**
 * Field 39: what an answer means for us. The names are those of ISO 8583:1987; the meaning is ours, and
 * nothing fails open (S17): approval is said by three codes only, and what is not in the table declines.
 *
 *   meaning      what follows
 *   approved     money may move
 *   partial      the bank approved another amount than was asked: declined, and reversed
 *   refer        a person at the bank would have to be called: declined
 *   declined     no
 *   pick_up      no, and the card should be kept: declined
 *   later        no, and the same question may be answered otherwise in a while
 *   unknown      the bank may or may not have done it: reversed until acknowledged (S21)
 *
 * A code that the standard leaves to others ("reserved") might mean that money was held: it declines, and is
 * reversed to be sure.
 */
export type Meaning = 'approved' | 'partial' | 'refer' | 'declined' | 'pick_up' | 'later' | 'unknown';
export type ResponseCode = { readonly name: string; readonly meaning: Meaning; readonly isReserved: boolean };

function means(meaning: Meaning, name: string): ResponseCode {
  return { name, meaning, isReserved: false };
}

export const RESPONSE_CODES: Readonly<Record<string, ResponseCode>> = {
  '00': means('approved', 'approved or completed successfully'),
  '01': means('refer', 'refer to card issuer'),
  '02': means('refer', "refer to card issuer's special conditions"),
  '03': means('declined', 'invalid merchant'),
  '04': means('pick_up', 'pick up card'),
  '05': means('declined', 'do not honour'),
  '06': means('unknown', 'error'),
  '07': means('pick_up', 'pick up card, special conditions'),
  '08': means('refer', 'honour with identification'),
  '09': means('unknown', 'request in progress'),
  '10': means('partial', 'approved for partial amount'),
  '11': means('approved', 'approved (VIP)'),
  '12': means('declined', 'invalid transaction'),
  '13': means('declined', 'invalid amount'),
  '14': means('declined', 'invalid card number'),
  '15': means('declined', 'no such issuer'),
  '16': means('approved', 'approved, update track 3'),
  '17': means('declined', 'customer cancellation'),
  '18': means('declined', 'customer dispute'),
  '19': means('later', 're-enter transaction'),
  '20': means('unknown', 'invalid response'),
  '21': means('declined', 'no action taken'),
  '22': means('unknown', 'suspected malfunction'),
  '23': means('declined', 'unacceptable transaction fee'),
  '24': means('declined', 'file update not supported by receiver'),
  '25': means('declined', 'unable to locate record on file'),
  '26': means('declined', 'duplicate file update record, old record replaced'),
  '27': means('declined', 'file update field edit error'),
  '28': means('declined', 'file update file locked out'),
  '29': means('declined', 'file update not successful, contact acquirer'),
  '30': means('declined', 'format error'),
  '31': means('declined', 'bank not supported by switch'),
  '32': means('partial', 'completed partially'),
  '33': means('pick_up', 'expired card, pick up'),
  '34': means('pick_up', 'suspected fraud, pick up'),
  '35': means('pick_up', 'card acceptor contact acquirer, pick up'),
  '36': means('pick_up', 'restricted card, pick up'),
  '37': means('pick_up', 'card acceptor call acquirer security, pick up'),
  '38': means('pick_up', 'allowable PIN tries exceeded, pick up'),
  '39': means('declined', 'no credit account'),
  '40': means('declined', 'requested function not supported'),
  '41': means('pick_up', 'lost card, pick up'),
  '42': means('declined', 'no universal account'),
  '43': means('pick_up', 'stolen card, pick up'),
  '44': means('declined', 'no investment account'),
  ...reserved(45, 50),
  '51': means('declined', 'not sufficient funds'),
  '52': means('declined', 'no cheque account'),
  '53': means('declined', 'no savings account'),
  '54': means('declined', 'expired card'),
  '55': means('declined', 'incorrect PIN'),
  '56': means('declined', 'no card record'),
  '57': means('declined', 'transaction not permitted to cardholder'),
  '58': means('declined', 'transaction not permitted to terminal'),
  '59': means('declined', 'suspected fraud'),
  '60': means('declined', 'card acceptor contact acquirer'),
  '61': means('declined', 'exceeds withdrawal amount limit'),
  '62': means('declined', 'restricted card'),
  '63': means('declined', 'security violation'),
  '64': means('declined', 'original amount incorrect'),
  '65': means('declined', 'exceeds withdrawal frequency limit'),
  '66': means('declined', "card acceptor call acquirer's security department"),
  '67': means('pick_up', 'hard capture'),
  '68': means('unknown', 'response received too late'),
  ...reserved(69, 74),
  '75': means('declined', 'allowable number of PIN tries exceeded'),
  ...reserved(76, 89),
  '90': means('later', 'cutoff is in process'),
  '91': means('later', 'issuer or switch is inoperative'),
  '92': means('later', 'no route to the institution'),
  '93': means('declined', 'transaction cannot be completed, violation of law'),
  '94': means('unknown', 'duplicate transmission'),
  '95': means('declined', 'reconcile error'),
  '96': means('later', 'system malfunction'),
  ...reserved(97, 99),
};

const UNHEARD_OF: ResponseCode = {
  name: 'a code that is not in the standard',
  meaning: 'declined',
  isReserved: true,
};

const BY_CODE = new Map(Object.entries(RESPONSE_CODES));

export function responseCode(code: string): ResponseCode {
  return BY_CODE.get(code) ?? UNHEARD_OF;
}

function reserved(from: number, to: number): Record<string, ResponseCode> {
  const name = 'reserved';
  const codes = Array.from({ length: to - from + 1 }, (_, i) => String(from + i));
  return Object.fromEntries(
    codes.map((code) => [code, { name, meaning: 'declined', isReserved: true }] as const),
  );
}

/** Why we take something back, as field 39 of a reversal says it. */
export const REVERSAL_REASONS = {
  cancelled: '17',
  no_action: '21',
  malfunction: '22',
  partial: '32',
  no_answer: '68',
} as const;
export type ReversalReason = keyof typeof REVERSAL_REASONS;
