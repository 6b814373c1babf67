/**
 * Who watches a confirmation is told when it changes: at once when this process changed it, and by a look at
 * the database otherwise (events.ts). Nothing is sent through the database for it, for NOTIFY would make
 * commits queue.
 */
export type Changes = {
  readonly tell: (id: string) => void;
  /** Calls `listener` at each change until the returned function is called. */
  readonly watch: (id: string, listener: () => void) => () => void;
  readonly watched: () => readonly string[];
};

export function createChanges(): Changes {
  const listeners = new Map<string, Set<() => void>>();
  return {
    tell: (id) => {
      for (const listener of listeners.get(id) ?? []) listener();
    },
    watch: (id, listener) => {
      const own = listeners.get(id) ?? new Set();
      own.add(listener);
      listeners.set(id, own);
      return () => {
        own.delete(listener);
        if (own.size === 0) listeners.delete(id);
      };
    },
    watched: () => [...listeners.keys()],
  };
}
