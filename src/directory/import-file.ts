/**
 * Reading a contract file: CSV (RFC 4180, comma or semicolon, UTF-8) with a header.
 *
 *   identifier,phone,name,language[,identifier_kind][,email,username,...]
 *
 * Every further column is an identifier of the kind that its header names; an empty cell there says nothing.
 * Every bad line is reported with its number and what to mend, and reading goes on, so that one run tells
 * all.
 */
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { LANGUAGES, type Language } from '../std/language.ts';
import { KIND, normaliseIdentifier, type Identifier } from './identifier.ts';
import { parseSmsNumber, type CountryCode } from './number.ts';
import { IDENTIFIERS_MAX, NAME_MAX } from './subscriber.ts';

export type ImportLine = {
  readonly line: number;
  /** The first one is whom the line is about; the others are more that he is known by. */
  readonly identifiers: readonly [Identifier, ...Identifier[]];
  /** E.164. */
  readonly phone: string;
  readonly name: string | null;
  readonly language: Language | null;
};

export type LineProblem = { readonly line: number; readonly detail: string };

export type ImportFile = {
  readonly lines: ImportLine[];
  readonly problems: LineProblem[];
  /** How many problems there are beyond those that are listed. */
  readonly problemsLeftOut: number;
};

const DEFAULT_KIND = 'subscriber_number';
const PROBLEMS_MAX = 1000;
/** Written in one transaction, which the evidence log waits for, so it must end within seconds. */
const LINES_MAX = 200_000;
const RECORD_MAX_CHARACTERS = 16_384;
const PROGRESS_LINES = 1000;
const REQUIRED = ['identifier', 'phone', 'name', 'language'] as const;
const OPTIONAL = 'identifier_kind';
const REPLACEMENT = '\ufffd';

type Columns = {
  readonly width: number;
  readonly at: ReadonlyMap<string, number>;
  readonly extra: readonly string[];
};
type Report = { readonly problems: LineProblem[]; leftOut: number };
type Row = { readonly record: string[]; readonly info: { readonly lines: number } };

/** `onLine` is told how many lines were read, now and then. */
export async function readImportFile(
  stream: AsyncIterable<Uint8Array | string>,
  defaultCountry: CountryCode | undefined,
  onLine: (lines: number) => void = () => undefined,
): Promise<ImportFile> {
  const report: Report = { problems: [], leftOut: 0 };
  const lines: ImportLine[] = [];
  const seen = new Map<string, number>();
  let columns: Columns | null = null;
  try {
    for await (const { record, info } of records(stream)) {
      if (!columns) {
        columns = readHeader(record, report);
        if (!columns) break;
        continue;
      }
      if (lines.length >= LINES_MAX) {
        tell(report, info.lines, `A file has at most ${LINES_MAX} lines. Split it.`);
        break;
      }
      const read = readRecord(record, info.lines, columns, defaultCountry, report);
      if (read && isNew(read, seen, report)) lines.push(read);
      if (info.lines % PROGRESS_LINES === 0) onLine(info.lines);
    }
    if (!columns && report.problems.length === 0) tell(report, 1, `The file is empty. ${headerAdvice()}`);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    tell(
      report,
      csvLine(error),
      `This is no CSV: ${error.message}. Put text with quotes or commas into quotes.`,
    );
  }
  return { lines, problems: report.problems, problemsLeftOut: report.leftOut };
}

async function* records(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<Row> {
  const source = stream[Symbol.asyncIterator]();
  const first: (Uint8Array | string)[] = [];
  let head = '';
  // Offices write semicolons where the comma is a decimal sign: the header tells.
  while (!head.includes('\n') && head.length < RECORD_MAX_CHARACTERS) {
    const chunk = await source.next();
    if (chunk.done) break;
    first.push(chunk.value);
    head += typeof chunk.value === 'string' ? chunk.value : Buffer.from(chunk.value).toString('latin1');
  }
  const header = head.split('\n', 1)[0] ?? '';
  const parser = parse({
    bom: true,
    delimiter: header.includes(';') ? ';' : ',',
    info: true,
    max_record_size: RECORD_MAX_CHARACTERS,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  // An error of the source destroys the parser with it, and so reaches the loop below.
  pipeline(Readable.from(rejoin(first, source)), parser, () => undefined);
  for await (const row of parser) yield row as Row;
}

async function* rejoin<T>(first: readonly T[], rest: AsyncIterator<T>): AsyncGenerator<T> {
  yield* first;
  try {
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

function readHeader(record: readonly string[], report: Report): Columns | null {
  const names = record.map((name) => name.normalize('NFKC').trim().toLowerCase());
  const missing = REQUIRED.filter((name) => !names.includes(name));
  const doubled = names.find((name, i) => names.indexOf(name) !== i);
  const extra = names.filter((name) => name !== OPTIONAL && !REQUIRED.some((required) => required === name));
  const bad = extra.find((name) => !KIND.test(name));
  if (missing.length > 0) tell(report, 1, `The header lacks ${missing.join(', ')}. ${headerAdvice()}`);
  if (doubled !== undefined) tell(report, 1, `The header has the column "${doubled}" twice.`);
  if (bad !== undefined) {
    tell(report, 1, `The column "${bad}" is no kind of identifier: kinds are 1 to 32 small letters or "_".`);
  }
  if (extra.length >= IDENTIFIERS_MAX)
    tell(report, 1, `A subscriber has at most ${IDENTIFIERS_MAX} identifiers.`);
  if (report.problems.length > 0) return null;
  return { width: names.length, at: new Map(names.map((name, i) => [name, i])), extra };
}

function readRecord(
  record: readonly string[],
  line: number,
  columns: Columns,
  defaultCountry: CountryCode | undefined,
  report: Report,
): ImportLine | null {
  const before = report.problems.length + report.leftOut;
  if (record.length !== columns.width) {
    tell(report, line, `The line has ${record.length} columns and the header ${columns.width}.`);
    return null;
  }
  if (record.some((cell) => cell.includes(REPLACEMENT))) {
    tell(report, line, 'The line is not UTF-8. Save the file as UTF-8.');
    return null;
  }
  const cell = (name: string): string => record[columns.at.get(name) ?? -1] ?? '';
  const identifiers: Identifier[] = [];
  const add = (kind: string, value: string, column: string): void => {
    const normal = normaliseIdentifier({ kind, value }, defaultCountry);
    if (normal.ok) identifiers.push(normal.value);
    else tell(report, line, `${column}: ${normal.detail ?? 'malformed'}`);
  };
  if (cell('identifier') === '') tell(report, line, 'identifier: it is empty.');
  else add(cell(OPTIONAL) || DEFAULT_KIND, cell('identifier'), 'identifier');
  for (const kind of columns.extra) if (cell(kind) !== '') add(kind, cell(kind), kind);
  const number = parseSmsNumber(cell('phone'), defaultCountry);
  if (!number.ok)
    tell(report, line, `phone: "${cell('phone')}" cannot be used. ${number.detail ?? ''}`.trim());
  const name = cell('name').normalize('NFC');
  if (name.length > NAME_MAX) tell(report, line, `name: it has more than ${NAME_MAX} characters.`);
  const language = readLanguage(cell('language'));
  if (language === undefined) {
    tell(
      report,
      line,
      `language: "${cell('language')}" is none of ${LANGUAGES.join(', ')}; empty is allowed.`,
    );
  }
  const [first, ...more] = identifiers;
  if (report.problems.length + report.leftOut > before || !first || !number.ok || language === undefined)
    return null;
  return { line, identifiers: [first, ...more], phone: number.value.e164, name: name || null, language };
}

/** Null for an empty cell, undefined for what is no language. */
function readLanguage(text: string): Language | null | undefined {
  if (text === '') return null;
  return LANGUAGES.find((language) => language === text.toLowerCase());
}

function isNew(read: ImportLine, seen: Map<string, number>, report: Report): boolean {
  let isUnique = true;
  const own = new Set<string>();
  for (const { kind, value } of read.identifiers) {
    const key = `${kind}\n${value}`;
    const earlier = seen.get(key);
    if (earlier !== undefined) {
      tell(
        report,
        read.line,
        `The ${kind} "${value}" is on line ${earlier} already. Keep one of the two lines.`,
      );
      isUnique = false;
    } else if (own.has(key)) {
      tell(report, read.line, `The ${kind} "${value}" is on this line twice.`);
      isUnique = false;
    }
    own.add(key);
  }
  for (const key of own) if (!seen.has(key)) seen.set(key, read.line);
  return isUnique;
}

function tell(report: Report, line: number, detail: string): void {
  if (report.problems.length < PROBLEMS_MAX) report.problems.push({ line, detail });
  else report.leftOut++;
}

function csvLine(error: CsvError): number {
  const line: unknown = 'lines' in error ? error.lines : null;
  return typeof line === 'number' ? line : 1;
}

function headerAdvice(): string {
  return `The first line names the columns: ${REQUIRED.join(',')}[,${OPTIONAL}][,email,...].`;
}
