/** `countersign terminals create|list|disable`: payment terminals and their keys. A key is printed once. */
import { Option, type Command } from 'commander';
import { createFindClientById } from '../client/find.ts';
import { createTerminal, disableTerminal, terminalsOf } from '../payment/terminal/manage.ts';
import { systemClock } from '../std/clock.ts';
import { LANGUAGES, type Language } from '../std/language.ts';
import { systemRandom } from '../std/random.ts';
import { configOrMistake } from './environment.ts';
import { Mistake } from './fail.ts';
import { chosenTenant, type OpenForCommand } from './keys.ts';

type CreateOptions = {
  client: string;
  merchant: string;
  name: string;
  place: string;
  language: Language;
};

const LISTED_MAX = 1_000;

export function registerTerminals(program: Command, open: OpenForCommand): void {
  const terminals = program.command('terminals').description('payment terminals and their keys');
  terminals
    .command('create <code>')
    .description('make a terminal; its key is printed once and cannot be shown again')
    .requiredOption('--client <id>', 'the merchant that its payments belong to')
    .requiredOption('--merchant <number>', "the merchant's number, field 42: at most 15 characters")
    .requiredOption('--name <text>', 'what its tickets and its codes call the merchant')
    .option('--place <text>', 'a second line on its tickets', '')
    .addOption(new Option('--language <code>', 'of its tickets').choices([...LANGUAGES]).default('en'))
    .addHelpText(
      'after',
      `
The code is eight capital letters and digits, the same as field 41 of its messages. Type the key into the terminal;
both show the check value when it is right. TERMINAL_PORT says where terminals connect.

  countersign terminals create SHOP0001 --client cli_... --merchant 4711 --name "Acme Bakery" --place "Lyon"`,
    )
    .action(async (code: string, options: CreateOptions) => {
      await using opened = await open();
      const client = await createFindClientById(opened.sql)(options.client);
      if (client === null)
        throw new Mistake(`There is no client ${options.client}. See: countersign keys list`);
      const { merchant, name, place, language } = options;
      const made = await createTerminal(
        {
          sql: opened.sql,
          keys: configOrMistake().keys,
          clock: systemClock,
          random: systemRandom,
          clientOf: async () => client,
        },
        { tenantId: client.tenantId, clientId: client.id },
        { code, merchant, name, place, language },
      );
      if (!made.ok) throw new Mistake(made.detail ?? `The terminal was refused: ${made.refusal}.`);
      const { terminal, key, checkValue } = made.value;
      console.error(
        `Terminal ${terminal.code} (${terminal.id}) of "${client.name}", check value ${checkValue}. Its key is shown this once:`,
      );
      // Alone on standard output, so that it can be piped to where terminals are loaded.
      console.log(key.reveal());
    });
  terminals
    .command('list')
    .description('list the terminals of a tenant, disabled ones too')
    .option('--tenant <id>', 'whose (default: the only tenant there is)')
    .action(async (options: { tenant?: string }) => {
      await using opened = await open();
      const tenantId = await chosenTenant(opened.sql, options.tenant);
      const found = await terminalsOf(opened, tenantId, '', LISTED_MAX);
      if (found.length === 0)
        console.log('There are no terminals yet. See: countersign terminals create --help');
      for (const { id, code, clientId, merchant, name, disabledAt } of found) {
        const end = disabledAt ? `  disabled ${disabledAt.toISOString()}` : '';
        console.log(`${code}  ${id}  ${clientId}  ${merchant.trim().padEnd(15)}  "${name}"${end}`);
      }
    });
  terminals
    .command('disable <id>')
    .description('take no sale of a terminal any more; what it began it may still undo')
    .option('--tenant <id>', 'whose (default: the only tenant there is)')
    .action(async (id: string, options: { tenant?: string }) => {
      await using opened = await open();
      const tenantId = await chosenTenant(opened.sql, options.tenant);
      const disabled = await disableTerminal(opened, tenantId, id);
      if (!disabled.ok) throw new Mistake(`There is no terminal ${id}. See: countersign terminals list`);
      console.log(`Terminal ${disabled.value.code} is disabled.`);
    });
}
