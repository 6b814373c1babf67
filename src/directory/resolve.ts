/**
 * From an identifier to one address on the secondary network (P3): from the contract database, from a trusted
 * third party where that is allowed, or from the caller where that is allowed.
 *
 *   subscriber id ──────────────────────────────▶ subscriber ──▶ best address, or the one asked for
 *   identifier ──▶ in the database ─────────────▶ subscriber ──▶
 *              └─▶ not there, and allowed ──▶ number directory ──▶ vouched address of nobody we know
 *   address ──▶ allowed ──▶ as the caller gave it
 */
import type { Language } from '../std/language.ts';
import { createBatch } from '../std/batch.ts';
import { homeOf } from '../std/id.ts';
import { ok, refuse, type Refused, type Result } from '../std/result.ts';
import type { Sql } from '../store/connection.ts';
import type { AddressChannel, AddressSource, AddressState } from './address.ts';
import { identifierHome } from './home.ts';
import { candidateValues, isIdentifier, normaliseIdentifier } from './identifier.ts';
import { parseSmsNumber, type CountryCode } from './number.ts';
import {
  findByIdentifiers,
  findSubscribers,
  type Found,
  type WantedIdentifier,
  type WantedSubscriber,
} from './resolve-store.ts';

export type ResolveRequest = {
  readonly tenantId: string;
  readonly to:
    | { readonly subscriberId: string }
    | { readonly identifier: { readonly kind?: string | undefined; readonly value: string } }
    | { readonly address: { readonly channel: AddressChannel; readonly value: string } };
  /** What the policy of the purpose allows besides the contract database. */
  readonly allow: { readonly callerAddress: boolean; readonly numberDirectory: boolean };
  readonly channel: AddressChannel;
  /** This address of the subscriber, also a pending one: for binding it. */
  readonly addressId?: string | undefined;
};

export type Recipient = {
  /** Null when nobody we know stands behind the address. */
  readonly subscriberId: string | null;
  readonly language: Language | null;
  readonly address: {
    /** Null for an address that is not in the database. */
    readonly id: string | null;
    readonly channel: AddressChannel;
    /** E.164. */
    readonly value: string;
    readonly source: AddressSource;
    readonly state: AddressState;
  };
};

export type ResolveRefusal =
  | 'unknown_subscriber'
  | 'no_address'
  | 'address_not_allowed'
  | 'malformed_address';

/**
 * A trusted third party that says which number belongs to an identifier. Throws `Outage`, and nothing else.
 */
export type NumberDirectory = {
  readonly lookup: (asked: {
    readonly tenantId: string;
    readonly kind: string | null;
    readonly value: string;
  }) => Promise<{ readonly value: string; readonly language: Language | null } | null>;
};

export type Directory = {
  readonly resolve: (request: ResolveRequest) => Promise<Result<Recipient, ResolveRefusal>>;
};

export type DirectoryOptions = {
  readonly sql: Sql;
  readonly numberDirectory?: NumberDirectory | undefined;
  /** For telephone numbers written without their country. */
  readonly defaultCountry?: CountryCode | undefined;
};

export function createDirectory(options: DirectoryOptions): Directory {
  const { sql, numberDirectory, defaultCountry } = options;
  const byId = createBatch<WantedSubscriber, Found[]>({ run: (items) => findSubscribers(sql, items) });
  const byIdentifier = createBatch<WantedIdentifier, Found[]>({
    run: (items) => findByIdentifiers(sql, items),
  });

  async function resolveId(request: ResolveRequest, subscriberId: string) {
    const home = homeOf('sub', subscriberId);
    if (home === null) return refuse('unknown_subscriber');
    const { tenantId, channel, addressId = null } = request;
    const [found] = await byId.add({ tenantId, home, subscriberId, channel, addressId });
    return found ? recipient(found, request) : refuse('unknown_subscriber');
  }

  async function resolveIdentifier(request: ResolveRequest, kind: string | null, typed: string) {
    const { tenantId, channel, addressId = null } = request;
    const normal = kind === null ? null : normaliseIdentifier({ kind, value: typed }, defaultCountry);
    if (normal?.ok === false) return refuse('unknown_subscriber');
    const values = normal ? [normal.value.value] : candidateValues(typed, defaultCountry);
    const [value] = values;
    if (value === undefined) return refuse('unknown_subscriber');
    const groups = await byIdentifier.add({
      tenantId,
      values: values.map((value) => ({ home: identifierHome(tenantId, value), value })),
      channel,
      addressId,
    });
    const matching = groups.filter(
      ({ identifier }) =>
        identifier !== null &&
        (kind === null ? isIdentifier(identifier, typed, defaultCountry) : identifier.kind === kind),
    );
    const [found] = matching;
    if (found) {
      // One text may be the subscriber number of one person and the user name of another: then it names
      // nobody.
      const sole = matching.every((other) => other.subscriberId === found.subscriberId);
      return sole ? recipient(found, request) : refuse('unknown_subscriber');
    }
    if (!numberDirectory || !request.allow.numberDirectory || addressId !== null) {
      return refuse('unknown_subscriber');
    }
    return askNumberDirectory(numberDirectory, { tenantId, kind, value }, request.channel);
  }

  return {
    resolve: async (request) => {
      const { to } = request;
      if ('subscriberId' in to) return resolveId(request, to.subscriberId);
      if ('identifier' in to)
        return resolveIdentifier(request, to.identifier.kind ?? null, to.identifier.value);
      if (!request.allow.callerAddress) return refuse('address_not_allowed');
      const number = parseSmsNumber(to.address.value, defaultCountry);
      if (!number.ok) return number;
      return stranger(number.value.e164, to.address.channel, 'caller', 'pending', null);
    },
  };
}

function recipient(found: Found, request: ResolveRequest): Result<Recipient, ResolveRefusal> {
  if (!found.address) return refuse('no_address');
  const { subscriberId, language, address } = found;
  return ok({ subscriberId, language, address: { ...address, channel: request.channel } });
}

function stranger(
  value: string,
  channel: AddressChannel,
  source: AddressSource,
  state: AddressState,
  language: Language | null,
): Result<Recipient, never> {
  return ok({ subscriberId: null, language, address: { id: null, channel, value, source, state } });
}

async function askNumberDirectory(
  numberDirectory: NumberDirectory,
  asked: { tenantId: string; kind: string | null; value: string },
  channel: AddressChannel,
): Promise<Result<Recipient, never> | Refused<ResolveRefusal>> {
  const answer = await numberDirectory.lookup(asked);
  if (!answer) return refuse('unknown_subscriber');
  const number = parseSmsNumber(answer.value);
  if (!number.ok) return refuse('no_address');
  return stranger(number.value.e164, channel, 'number_directory', 'vouched', answer.language);
}
