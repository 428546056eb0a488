type Optional<T> = { [K in keyof T]: undefined extends T[K] ? K : never }[keyof T];

/** A record without the keys that are `undefined`. */
export type Defined<T> = Omit<T, Optional<T>> & { [K in Optional<T>]?: Exclude<T[K], undefined> };

/** Leaves out what is `undefined`, so that a key stands only where there is something to say. */
export const defined = <T extends object>(record: T): Defined<T> => {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(record)) if (value !== undefined) kept[key] = value;
  return kept as Defined<T>;
};
