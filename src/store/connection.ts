import postgres from 'postgres';
import { Outage } from '../std/outage.ts';
import { Secret } from '../std/secret.ts';

/** Values of `bigint` columns are JavaScript bigints: a count of money must never lose a bit. */
export type Types = { bigint: bigint };
export type Sql = postgres.Sql<Types>;
/** A connection inside `sql.begin`: what a room's store functions take, so that rooms share one transaction. */
export type Tx = postgres.TransactionSql<Types>;
/** Either: for reads that do not care. */
export type Db = Sql | Tx;

export type Store = AsyncDisposable & {
  /** Durable commits. */
  readonly sql: Sql;
  /**
   * Commits that do not wait for the disk: only for counters whose last half second may be lost in a crash of the
   * database without harm. A later durable commit makes them durable too.
   */
  readonly relaxed: Sql;
};

/** A server on a Unix socket: the embedded one. */
export type SocketAddress = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: Secret<string>;
  readonly database: string;
};

export type StoreOptions = {
  /** A `postgres://` URL, or the embedded server's socket. */
  database: Secret<string> | SocketAddress;
  /** Connections for durable work. The hot path needs few: batches do the rest. */
  connectionsMax?: number;
};

/** Opens pools; nothing is connected until the first statement. */
export function openStore(options: StoreOptions): Store {
  const { database, connectionsMax = 12 } = options;
  const shared = {
    types: { bigint: postgres.BigInt },
    onnotice: () => undefined,
    connect_timeout: 10,
    idle_timeout: 0,
    max_lifetime: null,
  } as const;
  const open = (max: number, settings: Record<string, string>): Sql => {
    const pool = { ...shared, max, connection: { application_name: 'countersign', ...settings } };
    if (database instanceof Secret) return postgres(database.reveal(), pool);
    return postgres({ ...pool, ...database, password: database.password.reveal() });
  };
  const sql = open(connectionsMax, {});
  const relaxed = open(4, { synchronous_commit: 'off' });
  return {
    sql,
    relaxed,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([sql.end({ timeout: 5 }), relaxed.end({ timeout: 5 })]);
    },
  };
}

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  '57P01',
  '57P02',
  '57P03',
  '08000',
  '08003',
  '08006',
  '53300',
  '40P01',
  '40001',
]);

/** Whether the database, not the statement, failed: the same call may succeed later. */
export function isStoreOutage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && CONNECTION_CODES.has(String(error.code));
}

/** Gives a lost connection the name that edges and workers know; passes everything else on. */
export function asOutage(error: unknown): unknown {
  return isStoreOutage(error) ? new Outage('the database does not answer', { cause: error }) : error;
}
