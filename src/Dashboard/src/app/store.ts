import { useEffect, useState } from 'preact/hooks';

/** One value for the whole app, in memory only. */
export interface Store<Value> {
  read(): Value;
  write(next: Value): void;
  watch(listener: (value: Value) => void): () => void;
}

export function storeOf<Value>(first: Value): Store<Value> {
  let value = first;
  const listeners = new Set<(value: Value) => void>();
  return {
    read: () => value,
    write(next) {
      value = next;
      for (const listener of listeners) listener(next);
    },
    watch(listener) {
      listeners.add(listener);
      return () => { listeners.delete(listener); };
    },
  };
}

export function useStore<Value>(store: Store<Value>): Value {
  const [value, setValue] = useState(() => store.read());
  useEffect(() => {
    // Between the first drawing and here it may have changed.
    setValue(() => store.read());
    return store.watch((next) => { setValue(() => next); });
  }, [store]);
  return value;
}
