/** `countersign subscribers import file.csv`: the tenant's contract data, every line or none. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { Presets, SingleBar } from 'cli-progress';
import { isSupportedCountry } from 'libphonenumber-js/max';
import { importSubscribers, type ImportOutcome, type ImportProgress } from '../directory/import.ts';
import type { CountryCode } from '../directory/number.ts';
import { configOrMistake } from './environment.ts';
import { Mistake } from './fail.ts';
import { chosenTenant, type OpenForCommand } from './keys.ts';

type ImportCommandOptions = { tenant?: string; country?: string };

const SHOWN_MAX = 50;

export function registerSubscribers(program: Command, open: OpenForCommand): void {
  const subscribers = program.command('subscribers').description('the directory of those who confirm');
  subscribers
    .command('import <file.csv>')
    .description('import contract data; every line is checked first, then all are written or none')
    .option('--tenant <id>', 'whose subscribers they are (default: the only tenant there is)')
    .option(
      '--country <code>',
      'for numbers written without their country, such as FR (default: DEFAULT_COUNTRY)',
    )
    .addHelpText(
      'after',
      `
The file is CSV in UTF-8, with commas or semicolons, and begins with a line that names its columns:

  identifier,phone,name,language,email
  4711,+33 6 12 34 56 78,Marie Dupont,fr,marie@example.com

identifier, phone, name and language are required columns; name and language may be empty. identifier_kind says what
the identifier is (default: subscriber_number). Every further column is an identifier of the kind it is named after.
A subscriber who is known by his identifier is updated; an empty cell changes nothing. You vouch for every number:
codes are sent to it. A number that its holder bound by a code stays in use beside it.`,
    )
    .action(async (path: string, options: ImportCommandOptions) => {
      const country = chosenCountry(options.country);
      await checkFile(path);
      await using opened = await open();
      const tenantId = await chosenTenant(opened.sql, options.tenant);
      const bar = createBar();
      const outcome = await importSubscribers(opened.sql, tenantId, createReadStream(path), {
        defaultCountry: country,
        vouchedBy: 'countersign subscribers import',
        onProgress: bar.show,
      }).finally(bar.end);
      report(path, outcome);
    });
}

function chosenCountry(country: string | undefined): CountryCode | undefined {
  if (country === undefined) return configOrMistake().defaultCountry;
  const upper = country.toUpperCase();
  if (isSupportedCountry(upper)) return upper;
  throw new Mistake(`--country ${country} is no ISO 3166 code, such as FR.`);
}

async function checkFile(path: string): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => error.code ?? 'unreadable');
  if (found === 'ENOENT') throw new Mistake(`There is no file ${path}.`);
  if (typeof found === 'string') throw new Mistake(`The file ${path} cannot be read (${found}).`);
  if (!found.isFile()) throw new Mistake(`${path} is not a file.`);
}

/** On a terminal only: in a log the bar would be a thousand lines. */
function createBar(): { show: (progress: ImportProgress) => void; end: () => void } {
  if (!process.stderr.isTTY) return { show: () => undefined, end: () => undefined };
  const bar = new SingleBar(
    { format: '{phase} {bar} {value}/{total} lines', etaBuffer: 100 },
    Presets.shades_classic,
  );
  let phase = '';
  return {
    show: ({ phase: now, lines, linesAll }) => {
      if (linesAll === null) {
        process.stderr.write(`\rreading ${lines} lines`);
        return;
      }
      if (now !== phase) {
        if (phase !== '') bar.stop();
        else process.stderr.write('\n');
        phase = now;
        bar.start(linesAll, 0, { phase: now.padEnd('looking up'.length) });
      }
      bar.update(lines);
    },
    end: () => bar.stop(),
  };
}

function report(path: string, outcome: ImportOutcome): void {
  if (outcome.ok) {
    console.log(`${outcome.created} subscribers created, ${outcome.updated} updated.`);
    return;
  }
  for (const { line, detail } of outcome.problems.slice(0, SHOWN_MAX)) {
    console.error(`${path}:${line}: ${detail}`);
  }
  const all = outcome.problems.length + outcome.problemsLeftOut;
  if (all > SHOWN_MAX) console.error(`... and ${all - SHOWN_MAX} more.`);
  throw new Mistake(
    `${all} ${all === 1 ? 'problem' : 'problems'} in ${path}. Nothing was imported; mend them and run it again.`,
  );
}
