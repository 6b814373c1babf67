import { LANGUAGES } from '../std/language.ts';
import { z } from '@hono/zod-openapi';
import { isoTime } from '../std/clock.ts';
import { maskAddress } from '../directory/number.ts';
import { ActSchema, type Act } from './act.ts';
import type { ReadRow } from './store.ts';

/** What the API shows of a confirmation: never the code, the session's secret or the whole address (S8). */
export const ConfirmationSchema = z
  .object({
    id: z.string().openapi({ example: 'cnf_0g3n5s2h8v4k7m1q9r6t2w8x5z' }),
    state: z.enum(['opened', 'sent', 'confirmed', 'locked', 'expired', 'cancelled']).openapi({
      description: 'opened: the code is on its way. sent: the network took it. The others are ends.',
    }),
    reason: z.string().nullable().openapi({
      description:
        'Why it ended: right_code, attempts_used_up, time_passed, cancelled, not_me, session_closed; or why it is exempt.',
    }),
    act: ActSchema,
    client: z.string(),
    subscriber: z.string().nullable(),
    sentTo: z.string().nullable().openapi({ example: '+33 6 •• •• •• 12' }),
    digits: z.int(),
    language: z.enum(LANGUAGES),
    connected: z.boolean(),
    delivery: z
      .object({
        state: z.enum([
          'queued',
          'leased',
          'accepted',
          'delivered',
          'rejected',
          'unknown',
          'expired',
          'failed',
        ]),
        reason: z.string().nullable(),
      })
      .nullable()
      .openapi({
        description: 'What the second network said of the latest text; null when nothing is sent.',
      }),
    createdAt: z.string().openapi({ format: 'date-time' }),
    expiresAt: z.string().openapi({ format: 'date-time' }),
    endedAt: z.string().nullable().openapi({ format: 'date-time' }),
  })
  .openapi('Confirmation');

export type ConfirmationResource = z.output<typeof ConfirmationSchema>;

export function resourceOf(row: ReadRow): ConfirmationResource {
  const hidden = row.attemptsMax === 0 || row.salt === null;
  return {
    id: row.id,
    state: row.state,
    reason: row.reason,
    act: JSON.parse(row.act) as Act,
    client: row.clientId,
    subscriber: row.subscriberId,
    sentTo: hidden ? null : maskAddress(row.address),
    digits: row.digits,
    language: row.language,
    connected: row.connected,
    delivery:
      row.deliveryState === null
        ? null
        : { state: asDelivery(row.deliveryState), reason: row.deliveryReason },
    createdAt: isoTime(row.createdAtMs),
    expiresAt: isoTime(row.expiresAtMs),
    endedAt: row.endedAtMs === null ? null : isoTime(row.endedAtMs),
  };
}

type DeliveryState = NonNullable<ConfirmationResource['delivery']>['state'];

function asDelivery(state: string): DeliveryState {
  return state as DeliveryState;
}
