/** Which banks there are and which of them to ask: written by an operator, read with every payment (B6). */
import type { Random } from '../std/random.ts';
import { newId } from '../std/id.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import type { Sql } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import {
  deleteRoute,
  insertRoute,
  listHosts,
  listRoutes,
  upsertHost,
  type HostRow,
  type HostState,
  type RouteRow,
} from './bank-store.ts';
import { parseBankUrl } from './url.ts';

export type ManageRefusal = 'malformed_bank' | 'malformed_bank_url' | 'malformed_route' | 'unknown_bank';

const BANK_ID = /^[a-z0-9][a-z0-9-]{0,29}$/;
const DIGITS = /^\d{1,12}$/;
const CONTRACT_MAX = 100;
const RANK_MAX = 1_000;

/** Makes a bank, or changes it; links follow within a second. A resting bank is asked nothing new. */
export async function saveBank(
  sql: Sql,
  bank: { readonly id: string; readonly url: string; readonly state?: HostState },
): Promise<Result<HostRow, ManageRefusal>> {
  if (!BANK_ID.test(bank.id)) {
    return refuse('malformed_bank', {
      detail: 'The id of a bank is 1 to 30 small letters, digits and hyphens.',
    });
  }
  const parsed = parseBankUrl(bank.url);
  if (!parsed.ok) return parsed;
  const row: HostRow = { id: bank.id, url: bank.url.trim(), state: bank.state ?? 'active' };
  await upsertHost(sql, row);
  return ok(row);
}

export type NewRoute = {
  readonly bankId: string;
  /** Null, or absent, for all tenants. */
  readonly tenantId?: string | null;
  readonly rank?: number;
} & (
  | { readonly contract: string }
  /** First digits of cards, "51" or "51" to "55"; both of the same length. */
  | { readonly digits: string; readonly digitsTo?: string }
);

export async function addRoute(
  sql: Sql,
  made: NewRoute,
  nowMs: number,
  random: Random,
): Promise<Result<RouteRow, ManageRefusal>> {
  const { bankId, tenantId = null, rank = 0 } = made;
  const contract = 'contract' in made ? made.contract : null;
  const digitsFrom = 'digits' in made ? made.digits : null;
  const digitsTo = 'digits' in made ? (made.digitsTo ?? made.digits) : null;
  const isRange =
    digitsFrom !== null &&
    digitsTo !== null &&
    [digitsFrom, digitsTo].every((digits) => DIGITS.test(digits)) &&
    digitsFrom.length === digitsTo.length &&
    digitsFrom <= digitsTo;
  const isContract = contract !== null && contract.length >= 1 && contract.length <= CONTRACT_MAX;
  if (!isRange && !isContract) {
    const detail =
      'A route names a contract of 1 to 100 characters, or a range of 1 to 12 first digits, both ends of one length.';
    return refuse('malformed_route', { detail });
  }
  if (!Number.isInteger(rank) || Math.abs(rank) > RANK_MAX) {
    return refuse('malformed_route', {
      detail: `A rank is a whole number from -${RANK_MAX} to ${RANK_MAX}.`,
    });
  }
  const id = newId('brt', 0, nowMs, random);
  const row: RouteRow = { id, bankId, tenantId, contract, digitsFrom, digitsTo, rank };
  const isThere = await transaction(sql, (tx) => insertRoute(tx, row));
  return isThere ? ok(row) : refuse('unknown_bank', { detail: `There is no bank "${bankId}".` });
}

export async function removeRoute(sql: Sql, id: string): Promise<boolean> {
  return deleteRoute(sql, id);
}

export async function listBanks(
  sql: Sql,
): Promise<{ readonly hosts: HostRow[]; readonly routes: RouteRow[] }> {
  const [hosts, routes] = await Promise.all([listHosts(sql), listRoutes(sql)]);
  return { hosts, routes };
}
