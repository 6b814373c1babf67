/**
 * The orders, in one file: a line of JSON for each change, the newest line of an order counts. A line is on
 * disk before anybody sees what it says. A last line that a dying process left half written is dropped; at
 * the start the file is written anew with one line for each order.
 */
import { open, readFile, rename, type FileHandle } from 'node:fs/promises';
import type { Order } from './order.ts';

export type OrderStore = AsyncDisposable & {
  readonly find: (id: string) => Order | null;
  readonly byPayment: (payment: string) => Order | null;
  /** The newest first. */
  readonly all: () => readonly Order[];
  readonly add: (order: Order) => Promise<void>;
  /** One change after the other; `change` may give back what it got, for none. */
  readonly update: (id: string, change: (order: Order) => Order) => Promise<Order | null>;
  /** Calls after each change of this order; the function that comes back ends it. */
  readonly watch: (id: string, listener: () => void) => () => void;
};

export async function openOrderStore(path: string): Promise<OrderStore> {
  const orders = readOrders(await readFile(path, 'utf8').catch(() => ''));
  const file = await writeAnew(path, orders);
  const payments = new Map(
    [...orders.values()].flatMap((order) => order.tries.map((one) => [one.payment, order.id])),
  );
  const listeners = new Map<string, Set<() => void>>();
  let tail: Promise<unknown> = Promise.resolve();

  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const mine = tail.then(act);
    tail = mine.catch(() => undefined);
    return mine;
  }

  async function keep(order: Order): Promise<void> {
    await file.appendFile(`${JSON.stringify(order)}\n`);
    await file.datasync();
    orders.set(order.id, order);
    for (const { payment } of order.tries) payments.set(payment, order.id);
    for (const listener of listeners.get(order.id) ?? []) listener();
  }

  return {
    find: (id) => orders.get(id) ?? null,
    byPayment: (payment) => orders.get(payments.get(payment) ?? '') ?? null,
    all: () => [...orders.values()].toSorted((a, b) => b.placedAtMs - a.placedAtMs),
    add: (order) => inTurn(() => keep(order)),
    update: (id, change) =>
      inTurn(async () => {
        const found = orders.get(id);
        if (!found) return null;
        const changed = change(found);
        if (changed !== found) await keep(changed);
        return changed;
      }),
    watch: (id, listener) => {
      const mine = listeners.get(id) ?? new Set();
      listeners.set(id, mine.add(listener));
      return () => {
        mine.delete(listener);
        if (mine.size === 0) listeners.delete(id);
      };
    },
    [Symbol.asyncDispose]: async () => {
      await tail;
      await file.close();
    },
  };
}

function readOrders(text: string): Map<string, Order> {
  const orders = new Map<string, Order>();
  // What follows the last line's end is half a line, or nothing.
  for (const line of text.split('\n').slice(0, -1)) {
    const order = JSON.parse(line) as Order;
    orders.set(order.id, order);
  }
  return orders;
}

async function writeAnew(path: string, orders: ReadonlyMap<string, Order>): Promise<FileHandle> {
  const file = await open(`${path}.new`, 'w', 0o600);
  await file.writeFile([...orders.values()].map((order) => `${JSON.stringify(order)}\n`).join(''));
  await file.sync();
  await rename(`${path}.new`, path);
  return file;
}
