import { CONFIRMATION_PROBLEMS } from '../confirmation/problems.ts';
import { KERNEL_PROBLEMS, type ProblemTable } from '../http/problem.ts';
import type {
  AnswerRefusal,
  CertificateRefusal,
  DraftRefusal,
  EraseRefusal,
  FileRefusal,
  HandOverRefusal,
  ReadFileRefusal,
  ReadingRefusal,
  RecallRefusal,
  SubmitRefusal,
} from './verbs.ts';

/** The HTTP faces of this room's refusals; those of opening a confirmation are that room's. */
export const MESSAGE_PROBLEMS = {
  ...KERNEL_PROBLEMS,
  ...CONFIRMATION_PROBLEMS,
  client_key_only: {
    status: 403,
    title: 'Only a client key may do this',
    detail: 'Administrators manage the tenant; registered messages are for the client and its people.',
  },
  unknown_sender: {
    status: 422,
    title: 'The sender is not known',
    detail: 'Name a subscriber who has an address, by id or identifier.',
  },
  unknown_addressee: {
    status: 422,
    title: 'The addressee is not known',
    detail: 'Name a subscriber who has an address, or a telephone number.',
  },
  file_type_not_allowed: {
    status: 415,
    title: 'This kind of file is not taken',
    detail: 'Text in UTF-8, PDF, PNG, JPEG, GIF, WebP, TIFF, MP3, Ogg, WAV, MP4 audio and WebM audio are.',
  },
  file_too_large: {
    status: 413,
    title: 'The message would be too large',
    detail: 'A message has at most 100 MB in all its files.',
  },
  file_empty: { status: 422, title: 'The file is empty', detail: 'Send at least one byte.' },
  file_incomplete: {
    status: 409,
    title: 'A file has not arrived whole',
    detail: 'Send it again under the same number, or remove it.',
  },
  file_superseded: {
    status: 409,
    title: 'Another upload took its place',
    detail: 'Another request sent, removed or submitted this file in the meantime.',
  },
  not_draft: {
    status: 409,
    title: 'The message can no longer be changed',
    detail: 'Files are changed, and messages submitted, while a message is a draft or was rejected.',
  },
  no_content: {
    status: 422,
    title: 'The message has no content',
    detail: 'Write a text or send a file first.',
  },
  draft_changed: {
    status: 409,
    title: 'The draft changed in the meantime',
    detail: 'A file came or went while the code was being made. Submit it again.',
  },
  content_erased: {
    status: 410,
    title: 'The content was erased',
    detail: 'What was sent, by whom, to whom and when is still on record.',
  },
  not_waiting: {
    status: 409,
    title: 'The message does not wait for its addressee',
    detail: 'It was not registered yet, or was recalled, refused, or its time has passed.',
  },
  not_proved: {
    status: 409,
    title: 'The code has not come back yet',
    detail: 'Bring it to POST /v1/confirmations/{id}/verification in the session of this reading.',
  },
  reading_over: {
    status: 409,
    title: 'This reading is over',
    detail: 'It lasts 15 minutes after its code. Open another, with a new code.',
  },
  message_recalled: {
    status: 410,
    title: 'The message was recalled',
    detail: 'Its sender took it back before it was handed over.',
  },
  message_expired: {
    status: 410,
    title: 'The time of the message has passed',
    detail: 'Nobody can read it any more.',
  },
  message_refused: {
    status: 410,
    title: 'The message was refused',
    detail: 'Its addressee did not accept it.',
  },
  acceptance_not_asked: {
    status: 409,
    title: 'Acceptance is not asked',
    detail: 'The message can be handed over at once.',
  },
  acceptance_needed: {
    status: 409,
    title: 'The message must be accepted first',
    detail: 'Its sender asked for that. Accept it or refuse it.',
  },
  already_answered: {
    status: 409,
    title: 'The message was answered already',
    detail: 'It was accepted or handed over.',
  },
  not_handed_over: {
    status: 409,
    title: 'The message was not handed over in this reading',
    detail: 'POST …/handover first: fetching a file hands nothing over by itself.',
  },
  damaged: {
    status: 500,
    title: 'The content is damaged',
    detail: 'What is stored is not what was sent, so it is not handed over. Ask the operator for the backup.',
  },
  already_handed_over: {
    status: 409,
    title: 'The message was handed over',
    detail: 'What was read cannot be recalled.',
  },
  still_waiting: {
    status: 409,
    title: 'The message is still to be received',
    detail: 'Recall it first, or wait until it was handed over.',
  },
  not_submitted: {
    status: 409,
    title: 'The message is not registered',
    detail: 'There is nothing to certify before the code of its sender was right.',
  },
  person_erased: {
    status: 410,
    title: 'A person in it was erased',
    detail: 'The log still holds; what it committed to is gone.',
  },
} as const satisfies ProblemTable<string> &
  ProblemTable<
    | AnswerRefusal
    | CertificateRefusal
    | DraftRefusal
    | EraseRefusal
    | FileRefusal
    | HandOverRefusal
    | ReadFileRefusal
    | ReadingRefusal
    | RecallRefusal
    | SubmitRefusal
  >;
