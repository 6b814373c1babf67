import { z } from '@hono/zod-openapi';
import { amountInput, line } from '../http/inputs.ts';
import { formatAmount, parseMoney, type Money } from '../std/money.ts';

/**
 * The act: what a person is asked to confirm, its purpose and its details (M1, S6). It is shown in clear on
 * both channels, and every detail of it goes into the binding that the code is derived from (RTS 2018/389
 * art. 5).
 *
 *   input (as the client sends it) ──normalise──▶ Act (canonical, what is stored, shown, hashed)
 */

const AccountSchema = z
  .string()
  .transform((text) => text.replace(/\s+/g, '').toUpperCase())
  .pipe(
    z
      .string()
      .regex(/^[A-Z0-9]{4,34}$/, 'must be an IBAN or another account number of 4 to 34 letters and digits'),
  );

export const PURPOSES = [
  'access',
  'transfer',
  'payment',
  'order',
  'send_message',
  'message',
  'declaration',
  'bind_address',
] as const;
export type Purpose = (typeof PURPOSES)[number];

const AmountSchema = amountInput(() => null)
  .transform((money) => ({ value: formatAmount(money), currency: money.currency }))
  .openapi('Amount');

export const ActSchema = z
  .strictObject({
    purpose: z
      .enum(PURPOSES)
      .openapi({ description: 'What kind of act it is; policy is set by purpose.', example: 'transfer' }),
    amount: AmountSchema.optional(),
    payee: z
      .strictObject({ name: line(70).openapi({ example: 'Acme' }), account: AccountSchema.optional() })
      .optional()
      .openapi({ description: 'Who receives; the addressee of a message.' }),
    debtorAccount: AccountSchema.optional().openapi({ description: 'The account that pays.' }),
    resource: line(70)
      .optional()
      .openapi({ description: 'What access is asked to.', example: 'Acme intranet' }),
    text: line(140).optional().openapi({
      description:
        'Anything else the person must see, in one line; the subject or the sender of a message, the title of a form.',
    }),
    items: z
      .array(z.strictObject({ name: line(70), quantity: z.number().int().min(1).max(1_000_000) }))
      .min(1)
      .max(20)
      .optional(),
    contentDigest: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in 64 lower-case hexadecimal digits')
      .optional()
      .openapi({ description: 'SHA-256 of a content that is too long to show.' }),
  })
  .superRefine((act, context) => {
    const needs = REQUIRED[act.purpose];
    for (const name of needs) {
      if (act[name] === undefined)
        context.addIssue({ code: 'custom', path: [name], message: `a ${act.purpose} needs it` });
    }
  })
  .openapi('Act');

type Detail = 'amount' | 'payee' | 'resource' | 'text' | 'items' | 'contentDigest';

/** Without these a person could not know what the code is for. */
const REQUIRED = {
  access: ['resource'],
  transfer: ['amount', 'payee'],
  payment: ['amount', 'payee'],
  order: ['items'],
  send_message: ['contentDigest', 'payee', 'text'],
  message: ['contentDigest'],
  declaration: ['contentDigest'],
  bind_address: [],
} as const satisfies Record<Purpose, readonly Detail[]>;

/** Canonical: two acts are the same act exactly when their JCS forms are equal. */
export type Act = z.output<typeof ActSchema>;

export function amountOf(act: Act): Money | null {
  if (!act.amount) return null;
  const money = parseMoney(act.amount.value, act.amount.currency);
  return money.ok ? money.value : null;
}
