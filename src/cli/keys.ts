/**
 * `countersign keys create|list|revoke`: API keys from the command line, also the first one of an empty
 * database. A key is printed once and cannot be shown again.
 */
import { Option, type Command } from 'commander';
import type { KeyScope } from '../client/key.ts';
import { createClient, createKey, createTenant, listKeys, revokeKey } from '../client/manage.ts';
import { findKeyOwner, listClients, listTenants, type ClientRow } from '../client/store.ts';
import type { Db, Sql } from '../store/connection.ts';
import { Mistake } from './fail.ts';

export type OpenForCommand = () => Promise<{ readonly sql: Sql } & AsyncDisposable>;

type CreateOptions = {
  client?: string;
  newClient?: string;
  domain?: string;
  returnOrigin?: string[];
  tenant?: string;
  scope: KeyScope;
  label: string;
};

const CLIENTS_MAX = 1000;

export function registerKeys(program: Command, open: OpenForCommand): void {
  const keys = program.command('keys').description('make, list and revoke API keys');
  keys
    .command('create')
    .description('make an API key; it is printed once and cannot be shown again')
    .option('--client <id>', 'whose key it is (default: the only client there is)')
    .option('--new-client <name>', 'make the client first; its tenant too when there is none')
    .option('--domain <host>', 'with --new-client: the host name of the page where its codes are typed')
    .option('--return-origin <origin...>', 'with --new-client: where the hosted page may send people back')
    .option('--tenant <id>', 'with --new-client: its tenant (default: the only one there is)')
    .addOption(
      new Option('--scope <scope>', 'client: runs confirmations; admin: manages clients and subscribers')
        .choices(['client', 'admin'])
        .default('client'),
    )
    .option('--label <text>', 'for your own memory', '')
    .addHelpText(
      'after',
      `
Examples:
  countersign keys create --new-client "Acme Shop" --domain shop.example
  countersign keys create --client cli_... --scope admin --label "back office"`,
    )
    .action(async (options: CreateOptions) => {
      await using opened = await open();
      await create(opened.sql, options);
    });
  keys
    .command('list')
    .description('list clients and their keys, revoked ones too')
    .action(async () => {
      await using opened = await open();
      await list(opened.sql);
    });
  keys
    .command('revoke <keyId>')
    .description('refuse a key on every server within 5 seconds')
    .action(async (keyId: string) => {
      await using opened = await open();
      await revoke(opened.sql, keyId);
    });
}

async function create(sql: Sql, options: CreateOptions): Promise<void> {
  const client =
    options.newClient === undefined ? await chosenClient(sql, options.client) : await newClient(sql, options);
  const made = await createKey(sql, {
    tenantId: client.tenantId,
    clientId: client.id,
    scope: options.scope,
    label: options.label,
  });
  if (!made.ok) {
    throw new Mistake(
      made.refusal === 'too_many_keys'
        ? `Client ${client.id} has two live ${options.scope} keys already. Revoke one first: countersign keys revoke key_...`
        : `Client ${client.id} is disabled.`,
    );
  }
  console.error(
    `Key ${made.value.row.id} (${options.scope}) of client ${client.id}, "${client.name}". It is shown this once:`,
  );
  // Alone on standard output, so that it can be piped into a secret store.
  console.log(made.value.key.reveal());
}

async function newClient(
  sql: Sql,
  options: CreateOptions,
): Promise<{ id: string; tenantId: string; name: string }> {
  const { newClient: name = '', domain, returnOrigin = [] } = options;
  if (domain === undefined) {
    throw new Mistake(
      '--new-client needs --domain, the host name of the page where codes are typed, such as shop.example.',
    );
  }
  const tenantId = await chosenTenant(sql, options.tenant).catch(async (error: unknown) => {
    const isEmpty = (await listTenants(sql)).length === 0 && options.tenant === undefined;
    if (!isEmpty) throw error;
    return (await createTenant(sql, name)).id;
  });
  const made = await createClient(sql, tenantId, { name, domain, returnOrigins: returnOrigin });
  if (!made.ok) throw new Mistake(made.detail ?? 'The client is malformed.');
  return made.value;
}

async function list(sql: Sql): Promise<void> {
  const tenants = await listTenants(sql);
  if (tenants.length === 0) {
    console.log(
      'There are no clients yet. Make one: countersign keys create --new-client "Acme Shop" --domain shop.example',
    );
  }
  for (const tenant of tenants) {
    console.log(`${tenant.id}  "${tenant.name}"`);
    for (const client of await listClients(sql, tenant.id, '', CLIENTS_MAX)) {
      console.log(
        `  ${client.id}  "${client.name}"  ${client.domain}${client.disabledAt ? '  disabled' : ''}`,
      );
      for (const key of await listKeys(sql, tenant.id, client.id)) {
        const end = key.revokedAt ? `  revoked ${key.revokedAt.toISOString()}` : '';
        const label = key.label === '' ? '' : `  "${key.label}"`;
        console.log(
          `    ${key.id}  ${key.scope.padEnd(6)}  made ${key.createdAt.toISOString()}${end}${label}`,
        );
      }
    }
  }
}

async function revoke(sql: Sql, keyId: string): Promise<void> {
  const owner = await findKeyOwner(sql, keyId);
  const revoked = owner !== null && (await revokeKey(sql, owner.tenantId, owner.clientId, keyId));
  if (!revoked) throw new Mistake(`There is no key ${keyId}. See: countersign keys list`);
  console.log(`${keyId} is revoked. Every server refuses it within 5 seconds.`);
}

async function chosenClient(sql: Sql, clientId: string | undefined): Promise<ClientRow> {
  const clients = await allClients(sql);
  const [only, ...others] = clients.filter((client) => clientId === undefined || client.id === clientId);
  if (only && others.length === 0) return only;
  if (clientId !== undefined) throw new Mistake(`There is no client ${clientId}. See: countersign keys list`);
  throw new Mistake(
    clients.length === 0
      ? 'There are no clients yet. Add --new-client <name> --domain <host>.'
      : 'There are several clients. Say which with --client; see: countersign keys list',
  );
}

/** The tenant that was named, or the only one there is. */
export async function chosenTenant(db: Db, tenantId: string | undefined): Promise<string> {
  const tenants = await listTenants(db);
  const [only, ...others] = tenants.filter((tenant) => tenantId === undefined || tenant.id === tenantId);
  if (only && others.length === 0) return only.id;
  if (tenantId !== undefined) throw new Mistake(`There is no tenant ${tenantId}. See: countersign keys list`);
  throw new Mistake(
    tenants.length === 0
      ? 'There is no tenant yet. Make its first client: countersign keys create --new-client "Acme Shop" --domain shop.example'
      : 'There are several tenants. Say which with --tenant; see: countersign keys list',
  );
}

async function allClients(db: Db): Promise<ClientRow[]> {
  const tenants = await listTenants(db);
  const clients = await Promise.all(tenants.map((tenant) => listClients(db, tenant.id, '', CLIENTS_MAX)));
  return clients.flat().filter((client) => !client.disabledAt);
}
