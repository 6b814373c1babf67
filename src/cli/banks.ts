/** `countersign banks list|set|route|unroute`: the hosts of banks, and which of them is asked (B6). */
import { InvalidArgumentError, type Command } from 'commander';
import { addRoute, listBanks, removeRoute, saveBank } from '../bank/manage.ts';
import { systemClock } from '../std/clock.ts';
import type { Refused } from '../std/result.ts';
import { systemRandom } from '../std/random.ts';
import { Mistake } from './fail.ts';
import { chosenTenant, type OpenForCommand } from './keys.ts';

type SetOptions = { rest?: boolean };
type RouteOptions = {
  digits?: string;
  to?: string;
  contract?: string;
  rank: number;
  tenant?: string;
};

export function registerBanks(program: Command, open: OpenForCommand): void {
  const banks = program.command('banks').description('the banks that are asked, over ISO 8583');
  banks
    .command('list')
    .description('list banks, and which of them is asked for which cards')
    .action(async () => {
      await using opened = await open();
      const { hosts, routes } = await listBanks(opened.sql);
      if (hosts.length === 0) console.log('There are no banks yet. Make one: countersign banks set --help');
      for (const { id, url, state } of hosts) {
        console.log(`${id}  ${url}${state === 'resting' ? '  resting' : ''}`);
        for (const route of routes.filter(({ bankId }) => bankId === id)) {
          const { digitsFrom, digitsTo, contract, tenantId, rank } = route;
          const range = digitsFrom === digitsTo ? digitsFrom : `${digitsFrom} to ${digitsTo}`;
          const what = contract === null ? `cards ${range}` : `contract ${contract}`;
          console.log(`  ${route.id}  ${what}  rank ${rank}  ${tenantId ?? 'all tenants'}`);
        }
      }
    });
  banks
    .command('set <id> <url>')
    .description('make a bank, or change where it is; every server follows within a second')
    .option('--rest', 'ask it nothing new; what is open with it is brought to its end')
    .addHelpText(
      'after',
      `
Examples:
  countersign banks set banque-verte "iso8583s://host.example:8583?acquirer=456789&terminal=CSIGN001"
  countersign banks set banque-verte "iso8583s://host.example:8583?acquirer=456789&terminal=CSIGN001" --rest

Card numbers go to this host: use iso8583s (TLS) wherever the line is not your own. The options of the URL are in
docs/operating.md.`,
    )
    .action(async (id: string, url: string, { rest = false }: SetOptions) => {
      await using opened = await open();
      const saved = await saveBank(opened.sql, { id, url, state: rest ? 'resting' : 'active' });
      if (!saved.ok) throw mistakeOf(saved);
      console.log(`The bank ${id} is ${rest ? 'at rest' : 'asked from now on, where a route leads to it'}.`);
    });
  banks
    .command('route <bank>')
    .description('say for which cards, or under which contract, a bank is asked')
    .option('--digits <digits>', 'first digits of card numbers, such as 4')
    .option('--to <digits>', 'with --digits: the end of the range, as many digits, such as 51 --to 55')
    .option('--contract <name>', 'instead of digits')
    .option(
      '--rank <n>',
      'a low one is asked first; the next only where that one could not be reached',
      rankOf,
      0,
    )
    .option('--tenant <id>', 'for the payments of this tenant only (default: of all)')
    .action(async (bankId: string, options: RouteOptions) => {
      const { digits, to, contract, rank, tenant } = options;
      if ((digits === undefined) === (contract === undefined)) {
        throw new Mistake('Say either --digits or --contract.');
      }
      await using opened = await open();
      const tenantId = tenant === undefined ? null : await chosenTenant(opened.sql, tenant);
      const what =
        contract === undefined
          ? { digits: digits ?? '', ...(to === undefined ? {} : { digitsTo: to }) }
          : { contract };
      const route = { bankId, tenantId, rank, ...what };
      const added = await addRoute(opened.sql, route, systemClock.nowMs(), systemRandom);
      if (!added.ok) throw mistakeOf(added);
      console.log(`${added.value.id}: ${bankId} is asked from now on.`);
    });
  banks
    .command('unroute <routeId>')
    .description('remove a route')
    .action(async (routeId: string) => {
      await using opened = await open();
      if (!(await removeRoute(opened.sql, routeId))) {
        throw new Mistake(`There is no route ${routeId}. See: countersign banks list`);
      }
      console.log(`${routeId} is removed.`);
    });
}

function rankOf(text: string): number {
  if (!/^-?\d{1,4}$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
}

function mistakeOf({ refusal, detail }: Refused<string>): Mistake {
  return new Mistake(detail ?? `Refused: ${refusal}.`);
}
