/**
 * A pool of database connections that survives the loss of any of them.
 *
 *   (none) ──acquire──▶ busy ──answered──▶ idle ──acquire──▶ busy
 *                         └─ closed, or silent for too long ─┴─▶ lost: everything on it is rejected, never used again
 *
 * The driver's own pool does not: when a connection goes (postgres 3.4.9, seen with kill -9 of the server),
 * statements that were given to it between the error and the close are never answered, a transaction goes on
 * to run its next statements on the lost connection, which throws out of a timer and ends the process, or,
 * when another caller has connected it again, runs them outside of any transaction. So each connection here
 * is a driver client of its own that is thrown away with its connection, and each statement asks its
 * connection whether it still lives.
 */
import type postgres from 'postgres';
import { afterUnref, type Timer } from '../std/timer.ts';

/** What the driver's statements have beside being promises; a fragment is one that is never executed. */
export type Statement = Promise<unknown> & {
  handler: (statement: Statement) => unknown;
  cancelled: unknown;
  readonly reject: (reason: unknown) => void;
};

export type Connection = {
  readonly client: postgres.Sql;
  readonly execute: (statement: Statement) => unknown;
  readonly active: Set<Statement>;
  /** Why it is of no use any more. */
  lost: Error | null;
  /** Told once, when it is lost. */
  onLost: ((error: Error) => void) | null;
  watchdog: Timer | null;
};

export type PoolOptions = {
  readonly connectionsMax: number;
  /** How long a connection may be held for one statement or transaction. */
  readonly heldMaxMs: number;
  /** How long to wait for a free connection. */
  readonly waitMaxMs: number;
  /** Makes a driver client of one connection, with this called when its connection closes. */
  readonly open: (onClose: () => void) => postgres.Sql;
};

type Waiter = { readonly take: (connection: Connection) => void; readonly timer: Timer };

/** Makes the driver skip a statement that is already answered, should it connect once more. */
const SKIPPED = { resolve: () => undefined, reject: () => undefined };
const CLOSE_MAX_S = 2;

export class Pool {
  readonly #options: PoolOptions;
  readonly #all = new Set<Connection>();
  readonly #idle: Connection[] = [];
  readonly #waiting = new Set<Waiter>();
  #ended = false;
  #onQuiet: (() => void) | null = null;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Runs one statement on any connection. */
  run(statement: Statement): void {
    this.#acquire(
      (connection) => {
        statement.then(
          () => this.release(connection),
          () => this.release(connection),
        );
        this.execute(connection, statement);
      },
      (error) => statement.reject(error),
    );
  }

  /**
   * A connection for the caller alone, until it is released. `isPatient`: it may be held for as long as it
   * takes.
   */
  acquire(isPatient = false): Promise<Connection> {
    return new Promise((resolve, reject) => {
      this.#acquire((connection) => {
        if (isPatient) connection.watchdog?.cancel();
        resolve(connection);
      }, reject);
    });
  }

  execute(connection: Connection, statement: Statement): void {
    if (connection.lost !== null) return statement.reject(connection.lost);
    connection.active.add(statement);
    statement.then(
      () => connection.active.delete(statement),
      () => connection.active.delete(statement),
    );
    connection.execute(statement);
  }

  release(connection: Connection): void {
    connection.watchdog?.cancel();
    connection.onLost = null;
    if (connection.lost === null) this.#idle.push(connection);
    this.#serve();
    if (this.#ended && this.#idle.length === this.#all.size) this.#onQuiet?.();
  }

  /** Gives a connection up: everything on it is rejected, and its place is free for a new one. */
  lose(connection: Connection, error: Error): void {
    if (connection.lost !== null) return;
    connection.lost = error;
    connection.watchdog?.cancel();
    this.#all.delete(connection);
    const idleAt = this.#idle.indexOf(connection);
    if (idleAt >= 0) this.#idle.splice(idleAt, 1);
    for (const statement of connection.active) {
      statement.cancelled = SKIPPED;
      statement.reject(error);
    }
    connection.active.clear();
    connection.onLost?.(error);
    connection.client.end({ timeout: CLOSE_MAX_S }).catch(() => undefined);
    this.#serve();
  }

  /** Lets what runs finish for so long, then closes everything. */
  async end(timeoutMs: number): Promise<void> {
    this.#ended = true;
    for (const waiter of this.#waiting) waiter.timer.cancel();
    this.#waiting.clear();
    if (this.#idle.length < this.#all.size) {
      await new Promise<void>((resolve) => {
        const timer = afterUnref(timeoutMs, resolve);
        this.#onQuiet = () => {
          timer.cancel();
          resolve();
        };
      });
    }
    const ending = [...this.#all].map(async (connection) => {
      if (this.#idle.includes(connection)) await connection.client.end({ timeout: CLOSE_MAX_S });
      else this.lose(connection, connectionError('CONNECTION_ENDED', 'the pool was closed'));
    });
    await Promise.all(ending);
  }

  #acquire(take: (connection: Connection) => void, refuse: (error: Error) => void): void {
    if (this.#ended) return refuse(connectionError('CONNECTION_ENDED', 'the pool was closed'));
    const free = this.#free();
    if (free !== null) return take(this.#held(free));
    const timer = afterUnref(this.#options.waitMaxMs, () => {
      this.#waiting.delete(waiter);
      refuse(connectionError('CONNECTION_BUSY', 'no connection to the database became free'));
    });
    const waiter: Waiter = { take, timer };
    this.#waiting.add(waiter);
  }

  #free(): Connection | null {
    return this.#idle.pop() ?? (this.#all.size < this.#options.connectionsMax ? this.#connect() : null);
  }

  #held(connection: Connection): Connection {
    connection.watchdog = afterUnref(this.#options.heldMaxMs, () =>
      this.lose(connection, connectionError('CONNECTION_SILENT', 'the database does not answer')),
    );
    return connection;
  }

  #serve(): void {
    for (const waiter of this.#waiting) {
      const free = this.#free();
      if (free === null) return;
      this.#waiting.delete(waiter);
      waiter.timer.cancel();
      waiter.take(this.#held(free));
    }
  }

  /** Nothing is connected before the first statement. */
  #connect(): Connection {
    const client = this.#options.open(() =>
      this.lose(connection, connectionError('CONNECTION_CLOSED', 'the connection to the database was lost')),
    );
    // A statement that is not awaited is not executed: this one only shows how the client takes statements.
    const { handler } = statementOf(client`select 1`);
    const connection: Connection = {
      client,
      execute: handler,
      active: new Set(),
      lost: null,
      onLost: null,
      watchdog: null,
    };
    this.#all.add(connection);
    return connection;
  }
}

export function statementOf(query: unknown): Statement {
  return query as Statement;
}

export function connectionError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
