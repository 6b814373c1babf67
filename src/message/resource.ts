import { z } from '@hono/zod-openapi';
import { isoTime } from '../std/clock.ts';
import { LANGUAGES } from '../std/language.ts';
import { MESSAGE_STATES } from './message.ts';
import type { HandedOver, MessageStory, MessageView, StoryEvent } from './verbs.ts';

/** What the API shows of messages: never the content, never a whole number of somebody else. */
const time = () => z.string().nullable().openapi({ format: 'date-time' });

const PartySchema = z
  .object({
    name: z.string().openapi({ example: 'Marie Dupont' }),
    number: z.string().openapi({ example: '+33 6 •• •• •• 12', description: 'Masked.' }),
    source: z.enum(['contract', 'number_directory', 'caller']).openapi({
      description: 'Who vouches for the number.',
    }),
    commitment: z.string().openapi({ description: 'Binds the whole record of the person.' }),
  })
  .openapi('MessageParty');

export const FileSchema = z
  .object({
    n: z.int().openapi({ description: '0 is the text.' }),
    name: z.string().openapi({ example: 'contract.pdf' }),
    type: z.string().openapi({ example: 'application/pdf' }),
    sizeBytes: z.int(),
    sha256: z.string().openapi({ description: '64 hexadecimal digits.' }),
  })
  .openapi('MessageFile');

export const MessageSchema = z
  .object({
    id: z.string().openapi({ example: 'msg_0g3n5s2h8v4k7m1q9r6t2w8x5z' }),
    client: z.string(),
    state: z.enum(MESSAGE_STATES).openapi({
      description:
        'draft; submitted: the code of its sender is out; rejected: it did not come back; waiting for its addressee; ' +
        'accepted by him; handed_over, refused, recalled and expired are ends.',
    }),
    reason: z.string().nullable(),
    subject: z.string().nullable().openapi({ description: 'Null once erased.' }),
    sender: PartySchema.nullable(),
    addressee: PartySchema.nullable(),
    acceptance: z.boolean(),
    language: z.enum(LANGUAGES),
    notifySender: z.boolean(),
    files: z.array(FileSchema.extend({ whole: z.boolean() })),
    sizeBytes: z.int(),
    digest: z
      .string()
      .nullable()
      .openapi({ description: 'SHA-256 of the manifest, from the submission on.' }),
    fingerprint: z.string().nullable().openapi({ example: '3f9a-01c2-77de' }),
    contentErased: z.boolean(),
    submission: z.string().nullable().openapi({ description: 'The confirmation of the latest submission.' }),
    readings: z.int().openapi({ description: 'How often the addressee proved himself.' }),
    notices: z.int(),
    validityMs: z.int(),
    createdAt: z.string().openapi({ format: 'date-time' }),
    acceptedAt: time().openapi({ description: 'When the code of the sender registered it.' }),
    expiresAt: time(),
    handedOverAt: time(),
    endedAt: time(),
  })
  .openapi('Message');

export const StorySchema = MessageSchema.extend({
  events: z.array(
    z.object({
      name: z.string().openapi({ example: 'ContentHandover', description: 'As in ETSI EN 319 522-1.' }),
      n: z.int().nullable(),
      at: z.string().openapi({ format: 'date-time' }),
      reason: z.string().nullable(),
      channel: z.string().nullable(),
      kind: z.string().nullable(),
      confirmation: z.string().nullable(),
    }),
  ),
}).openapi('MessageStory');

export const HandedOverSchema = z
  .object({
    id: z.string(),
    subject: z.string(),
    sender: PartySchema,
    files: z.array(FileSchema),
    handedOverAt: z.string().openapi({ format: 'date-time' }),
    readableUntil: z.string().openapi({ format: 'date-time' }),
  })
  .openapi('HandedOverMessage');

const orNull = (ms: number | null) => (ms === null ? null : isoTime(ms));

export function messageResource(view: MessageView): z.output<typeof MessageSchema> {
  const { id, state, reason, subject, sender, addressee, acceptance, language, notifySender } = view;
  const { sizeBytes, digest, fingerprint, contentErased, readings, notices, validityMs } = view;
  return {
    id,
    client: view.clientId,
    state,
    reason,
    subject,
    sender,
    addressee,
    acceptance,
    language,
    notifySender,
    files: [...view.files],
    sizeBytes,
    digest,
    fingerprint,
    contentErased,
    submission: view.submissionId,
    readings,
    notices,
    validityMs,
    createdAt: isoTime(view.createdAtMs),
    acceptedAt: orNull(view.acceptedAtMs),
    expiresAt: orNull(view.expiresAtMs),
    handedOverAt: orNull(view.handedOverAtMs),
    endedAt: orNull(view.endedAtMs),
  };
}

export function storyResource(story: MessageStory): z.output<typeof StorySchema> {
  return { ...messageResource(story), events: story.events.map(eventResource) };
}

function eventResource({ name, n, atMs, reason, channel, kind, confirmationId }: StoryEvent) {
  return { name, n, at: isoTime(atMs), reason, channel, kind, confirmation: confirmationId };
}

export function handedOverResource(handed: HandedOver): z.output<typeof HandedOverSchema> {
  const { messageId, subject, sender, files, handedOverAtMs, readableUntilMs } = handed;
  return {
    id: messageId,
    subject,
    sender,
    files: [...files],
    handedOverAt: isoTime(handedOverAtMs),
    readableUntil: isoTime(readableUntilMs),
  };
}
