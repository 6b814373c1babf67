import { createChanges } from '../confirmation/changes.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Tx } from '../store/connection.ts';
import { createAnswer } from './answer.ts';
import type { Context } from './context.ts';
import { createDrafts } from './draft.ts';
import { createEraseParty } from './erase.ts';
import { createHandOver, createReadFile } from './hand-over.ts';
import { createList } from './list.ts';
import { createNewsRoom, createNoticeRoom } from './notice.ts';
import { createOpenReading, createReadingRoom } from './reading.ts';
import { createEraseContent, createRecall } from './recall.ts';
import { createIssueCertificate, createIssueReceipt } from './receipt.ts';
import { createRecord } from './record.ts';
import { createSubmissionRoom, createSubmit } from './submit.ts';
import { createPutFile, createRemoveFile } from './upload.ts';
import type { Messages } from './verbs.ts';
import { readMarks } from './store.ts';
import { createView } from './view.ts';
import { createWatcher, type Watcher } from '../confirmation/watcher.ts';
import { createWorker, type Worker } from './worker.ts';

/** The room as others use it: its verbs over one context, and what runs in the background. */
export type MessageRoom = Messages & {
  readonly context: Context;
  /** For the role jobs. */
  readonly worker: Worker;
  /** For the role api: finds what other processes changed of the messages that are followed live here. */
  readonly watcher: Watcher;
  /** In the transaction that erases a subscriber. */
  readonly eraseParty: (tx: Tx, tenantId: string, subscriberId: string) => Promise<void>;
};

export type MessagesOptions = Omit<Context, 'changes'> & { readonly gateway: Gateway };

/** Makes the room and has it called where its acts are carried out and its dispatches are sent. */
export function createMessages(options: MessagesOptions): MessageRoom {
  const { gateway, ...rest } = options;
  const context: Context = { ...rest, changes: createChanges() };
  const record = createRecord(context);
  context.confirmations.carryOut('send_message', createSubmissionRoom(context, record));
  context.confirmations.carryOut('message', createReadingRoom(context, record));
  gateway.serve('notice', createNoticeRoom(context, record));
  gateway.serve('news', createNewsRoom(context));
  return {
    context,
    createDraft: createDrafts(context),
    putFile: createPutFile(context),
    removeFile: createRemoveFile(context),
    submit: createSubmit(context),
    openReading: createOpenReading(context),
    ...createAnswer(context, record),
    handOver: createHandOver(context, record),
    readFile: createReadFile(context),
    recall: createRecall(context, record),
    eraseContent: createEraseContent(context, record),
    view: createView(context),
    list: createList(context),
    receipt: createIssueReceipt(context),
    certificate: createIssueCertificate(context),
    worker: createWorker(context, record),
    watcher: createWatcher({
      ...context,
      prefix: 'msg',
      readMarks: (keys) => readMarks(context.store.sql, keys),
    }),
    eraseParty: createEraseParty(record),
  };
}
