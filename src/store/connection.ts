import postgres from 'postgres';
import { Outage } from '../std/outage.ts';
import { Secret } from '../std/secret.ts';
import { ARRAY_TYPES } from './arrays.ts';
import { keepListening, type Listening } from './listen.ts';
import { Pool } from './pool.ts';
import { pooledSql } from './sql.ts';

/** Values of `bigint` columns are JavaScript bigints: a count of money must never lose a bit. */
export type Types = { bigint: bigint };
export type Sql = postgres.Sql<Types>;
/**
 * A connection inside `sql.begin`: what a room's store functions take, so that rooms share one transaction.
 */
export type Tx = postgres.TransactionSql<Types>;
/** Either: for reads that do not care. */
export type Db = Sql | Tx;

export type Store = AsyncDisposable & {
  /** Durable commits. */
  readonly sql: Sql;
  /**
   * Commits that do not wait for the disk: only for counters whose last half second may be lost in a crash of
   * the database without harm. A later durable commit makes them durable too.
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
  /** For a command that may hold one transaction for as long as its work takes: no request waits for it. */
  isPatient?: boolean;
};

/** Beside what the driver knows. */
const TYPES = { ...ARRAY_TYPES, bigint: postgres.BigInt };

/** A statement that runs longer is ended by the database; one that the database does not even end, by us. */
const STATEMENT_MAX_MS = 30_000;
const HELD_MAX_MS = 40_000;
const PATIENCE_MS = 60 * 60_000;
const WAIT_MAX_MS = 10_000;
const CONNECT_MAX_S = 10;
/** A transaction that its process forgot, or whose process is gone without a word, would hold up the log. */
const IDLE_IN_TRANSACTION_MAX_MS = 15_000;
const RELAXED_MAX = 6;

/**
 * Every statement finds its rows by an index. The planner would rather read a small table whole and join by
 * hashing; the plan is kept with the prepared statement and stays while the table grows, until its statistics
 * are made anew.
 */
const PLANNER = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  plan_cache_mode: 'force_generic_plan',
} as const;

/** Opens pools; nothing is connected until the first statement. */
export function openStore(options: StoreOptions): Store {
  const { database, connectionsMax = 12, isPatient = false } = options;
  const shared = {
    max: 1,
    types: TYPES,
    fetch_types: false,
    onnotice: () => undefined,
    connect_timeout: CONNECT_MAX_S,
    idle_timeout: 0,
    max_lifetime: null,
  } as const;
  const settings = {
    application_name: 'countersign',
    statement_timeout: isPatient ? 0 : STATEMENT_MAX_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MAX_MS,
    ...PLANNER,
  };
  const client = (
    more: Record<string, string>,
    on: { onclose?: () => void; onnotify?: () => void } = {},
  ): Sql => {
    const own = { ...shared, ...on, connection: { ...settings, ...more } };
    if (database instanceof Secret) return postgres(database.reveal(), own);
    return postgres({ ...own, ...database, password: database.password.reveal() });
  };
  const listenings: Listening[] = [];
  const listen = async (channel: string, onNotify: () => void) => {
    const listening = await keepListening((on) => client({}, on), channel, onNotify);
    listenings.push(listening);
  };
  const open = (max: number, more: Record<string, string>): Sql => {
    const pool = new Pool({
      connectionsMax: max,
      heldMaxMs: isPatient ? PATIENCE_MS : HELD_MAX_MS,
      waitMaxMs: WAIT_MAX_MS,
      open: (onclose) => client(more, { onclose }),
    });
    return pooledSql(pool, client(more), listen as unknown as Sql['listen']);
  };
  const sql = open(connectionsMax, {});
  const relaxed = open(RELAXED_MAX, { synchronous_commit: 'off' });
  return {
    sql,
    relaxed,
    [Symbol.asyncDispose]: async () => {
      for (const listening of listenings) listening.end();
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
  // Ours (pool.ts).
  'CONNECTION_BUSY',
  'CONNECTION_SILENT',
  'TRANSACTION_OVER',
  // The database ended a statement or a transaction that took too long, or cannot write at the moment.
  '57014',
  '25P03',
  '25006',
  '53100',
  '53200',
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

/** Whether it is neither the world nor the database that failed, so that trying again would not help. */
export function isFault(error: unknown): boolean {
  return !(asOutage(error) instanceof Outage);
}

/** Gives a lost connection the name that edges and workers know; passes everything else on. */
export function asOutage(error: unknown): unknown {
  return isStoreOutage(error) ? new Outage('the database does not answer', { cause: error }) : error;
}
