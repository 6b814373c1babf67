/**
 * A bounded memory of what was used last. Two generations: when the young one is full it becomes the old one,
 * and the old one is forgotten whole; what is found in the old one moves to the young. So an entry stays for
 * at least half of `entriesMax` others, and forgetting costs nothing for each (deleting the oldest key of a
 * large Map one by one walks over the holes that earlier deletions left).
 */
export type Recent<V> = {
  readonly get: (key: string) => V | undefined;
  readonly set: (key: string, value: V) => void;
  readonly delete: (key: string) => void;
  /** Those used last come last within their generation, the young generation after the old. */
  readonly keys: () => readonly string[];
};

export function createRecent<V>(entriesMax: number): Recent<V> {
  const half = Math.max(1, Math.floor(entriesMax / 2));
  let young = new Map<string, V>();
  let old = new Map<string, V>();

  function set(key: string, value: V): void {
    if (young.size >= half && !young.has(key)) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
  }

  return {
    get: (key) => {
      const value = young.get(key);
      if (value !== undefined) return value;
      const older = old.get(key);
      if (older === undefined) return undefined;
      old.delete(key);
      set(key, older);
      return older;
    },
    set,
    delete: (key) => {
      young.delete(key);
      old.delete(key);
    },
    keys: () => [...[...old.keys()].filter((key) => !young.has(key)), ...young.keys()],
  };
}
