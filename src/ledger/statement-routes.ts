/** The API of statements (B7): as JSON in pages, as CSV, as PDF. */
import { createRoute, z } from '@hono/zod-openapi';
import { createRouter, type App } from '../http/app.ts';
import { BEHIND_API_KEY, jsonAnswer, PageQuery, problemAnswers } from '../http/openapi.ts';
import { problem } from '../http/problem.ts';
import { LANGUAGES } from '../std/language.ts';
import { formatAmount } from '../std/money.ts';
import type { Sql } from '../store/connection.ts';
import { moneyOf, type Account } from './account.ts';
import { findAccount } from './accounts.ts';
import { accountIdOf } from './api.ts';
import { readNowUs } from './history-store.ts';
import { LEDGER_PROBLEMS as PROBLEMS } from './problems.ts';
import { allLines, openStatement, readLines, type StatementHead, type StatementLine } from './statement.ts';
import { statementCsv } from './statement-csv.ts';
import { PDF_LINES_MAX, statementPdf } from './statement-pdf.ts';
import { isoMicros, microsOf } from './time.ts';
import { CURSOR, cursorOf, placeOf } from './cursor.ts';

const LineSchema = z
  .object({
    at: z.iso.datetime(),
    side: z.enum(['debit', 'credit']),
    amount: z.string(),
    balance: z.string().openapi({ description: 'After it, on the normal side of the account.' }),
    kind: z.string(),
    reference: z.string().nullable(),
    with: z.string().openapi({ description: 'The code of the account on the other side.' }),
    transferId: z.string(),
    externalId: z.string(),
  })
  .openapi('StatementLine');

const StatementSchema = z
  .object({
    accountId: accountIdOf,
    code: z.string(),
    currency: z.string(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    readTo: z.iso.datetime().openapi({ description: '`to`, or now when that has not come yet.' }),
    side: z.enum(['debit', 'credit', 'both']),
    opening: z.string(),
    debits: z.string(),
    credits: z.string(),
    closing: z.string(),
    items: z.array(LineSchema),
    nextCursor: z.string().nullable(),
  })
  .openapi('Statement');

const time = z.iso.datetime({ offset: true });

const statementRoute = createRoute({
  method: 'get',
  path: '/v1/accounts/{id}/statement',
  operationId: 'getStatement',
  tags: ['Ledger'],
  security: BEHIND_API_KEY,
  summary: 'Get the statement of an account for a period',
  description:
    'Every amount that was debited, each with the balance after it, between the opening and the closing balance. ' +
    'As JSON in pages; as CSV or PDF whole.',
  request: {
    params: z.strictObject({ id: accountIdOf }),
    query: PageQuery.extend({
      from: time.optional().openapi({
        description: 'From this time on; without it, from the beginning.',
        example: '2026-11-01T00:00:00Z',
      }),
      to: time.optional().openapi({
        description: 'Up to before this time; without it, up to now.',
        example: '2026-12-01T00:00:00Z',
      }),
      side: z.enum(['debit', 'credit', 'both']).default('debit'),
      format: z.enum(['json', 'csv', 'pdf']).default('json'),
      lang: z.enum(LANGUAGES).default('en').openapi({ description: 'Of the PDF.' }),
      cursor: CURSOR.optional().openapi({ description: '`nextCursor` of the page before; of JSON only.' }),
    }),
  },
  responses: {
    200: {
      ...jsonAnswer(StatementSchema, 'The statement, the oldest line first.'),
      content: {
        'application/json': { schema: StatementSchema },
        'text/csv': { schema: z.string() },
        'application/pdf': { schema: z.string().openapi({ format: 'binary' }) },
      },
    },
    ...problemAnswers(PROBLEMS, [
      'malformed_request',
      'unauthenticated',
      'not_found',
      'malformed_period',
      'statement_too_long',
      'outage',
    ]),
  },
});

/** Mount behind `clientAuth`. */
export function statementRoutes({ sql }: { sql: Sql }): App {
  const app = createRouter();

  app.openapi(statementRoute, async (c) => {
    const account = await findAccount(sql, c.get('principal'), c.req.valid('param').id);
    if (!account) return problem(c, PROBLEMS, 'not_found');
    const { from, to, side, format, lang, limit, cursor } = c.req.valid('query');
    const fromUs = from === undefined ? 0 : microsOf(from);
    const toUs = to === undefined ? await readNowUs(sql) : microsOf(to);
    if (fromUs >= toUs) return problem(c, PROBLEMS, 'malformed_period');
    const head = await openStatement(sql, account, { fromUs, toUs, side: side === 'both' ? null : side });
    if (format === 'json') {
      const lines = await readLines(sql, head, placeOf(cursor), limit + 1);
      return c.json(statementJson(head, lines, limit), 200);
    }
    const name = `attachment; filename="statement-${account.id}.${format}"`;
    if (format === 'csv') {
      return c.body(streamOf(statementCsv(head, allLines(sql, head))), 200, {
        'Content-Type': 'text/csv; charset=utf-8; header=present',
        'Content-Disposition': name,
      });
    }
    const lines = await readLines(sql, head, null, PDF_LINES_MAX + 1);
    if (lines.length > PDF_LINES_MAX) return problem(c, PROBLEMS, 'statement_too_long');
    const pdf = await statementPdf({ language: lang, head, lines, accountName: account.code });
    return c.body(new Uint8Array(pdf), 200, {
      'Content-Type': 'application/pdf',
      'Content-Disposition': name,
    });
  });

  return app;
}

function statementJson(
  head: StatementHead,
  lines: readonly StatementLine[],
  limit: number,
): z.infer<typeof StatementSchema> {
  const { account, side } = head;
  const text = textIn(account);
  const shown = lines.slice(0, limit);
  return {
    accountId: account.id,
    code: account.code,
    currency: account.currency,
    from: isoMicros(head.fromUs),
    to: isoMicros(head.toUs),
    readTo: isoMicros(head.readToUs),
    side: side ?? 'both',
    opening: text(head.opening),
    debits: text(head.debits),
    credits: text(head.credits),
    closing: text(head.closing),
    items: shown.map((line) => ({
      at: isoMicros(line.atUs),
      side: line.side,
      amount: text(line.amount),
      balance: text(line.balance),
      kind: line.kind,
      reference: line.reference,
      with: line.with,
      transferId: line.transferId,
      externalId: line.externalId,
    })),
    nextCursor: lines.length > limit ? cursorOf(shown.at(-1)) : null,
  };
}

const textIn =
  (account: Account) =>
  (minor: bigint): string =>
    formatAmount(moneyOf(account, minor));

/** Text as it comes; the next piece is made when the reader has taken the one before. */
function streamOf(pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: () => void pieces.return(undefined),
  });
}
