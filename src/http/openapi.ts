/**
 * The words that all rooms use to describe their routes: JSON bodies and answers, problems, pages of a list.
 */
import { z, type RouteConfig } from '@hono/zod-openapi';
import type { ZodType } from 'zod';
import { ProblemSchema, type ProblemTable } from './problem.ts';

/** The name of the API key's security scheme, registered once where the document is made. */
export const API_KEY_SCHEME = 'apiKey';
export const BEHIND_API_KEY = [{ [API_KEY_SCHEME]: [] }];

export function jsonBody<T extends ZodType>(schema: T, description: string) {
  return { description, required: true, content: { 'application/json': { schema } } };
}

export function jsonAnswer<T extends ZodType>(schema: T, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

type Answers = RouteConfig['responses'];
/**
 * Any number of statuses. One is named because the types let a handler return a plain `Response`, as
 * `problem` does, only where an answer may be without content.
 */
type ProblemAnswers = { readonly 400: Answers[string] };

/**
 * The problem answers of a route, one for each status; its description lists what each problem type means.
 */
export function problemAnswers<R extends string>(
  table: ProblemTable<R>,
  refusals: readonly R[],
): ProblemAnswers {
  const byStatus = new Map<number, R[]>();
  for (const refusal of refusals) {
    const { status } = table[refusal];
    byStatus.set(status, [...(byStatus.get(status) ?? []), refusal]);
  }
  const answers: Answers & ProblemAnswers = { 400: { description: 'The request is malformed.' } };
  for (const [status, found] of byStatus) {
    answers[status] = {
      description: found.map((refusal) => `\`/problems/${refusal}\`: ${table[refusal].title}.`).join('\n\n'),
      content: { 'application/problem+json': { schema: ProblemSchema } },
    };
  }
  return answers;
}

const PAGE_MAX = 100;

/** What a list is asked with: how many, and after which one. */
export const PageQuery = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(PAGE_MAX)
    .default(20)
    .openapi({ description: 'How many at most.', example: 20 }),
  cursor: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .openapi({ description: '`nextCursor` of the page before. Without it the list begins.' }),
});

/** One page. `nextCursor` is null on the last one. */
export function pageOf<T extends ZodType>(item: T, name: string) {
  return z
    .object({ items: z.array(item), nextCursor: z.string().nullable().openapi({ example: null }) })
    .openapi(name);
}

/** Takes one more than was asked for, and gives the page and where the next one begins. */
export function toPage<T extends { id: string }>(
  found: readonly T[],
  limit: number,
): { items: T[]; nextCursor: string | null } {
  const items = found.slice(0, limit);
  return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
}
