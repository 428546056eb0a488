const sum = (values) => values.reduce((total, value) => total + value, 0);

const known = (values) => values.filter((value) => value !== null);

const highest = (values) => (known(values).length === 0 ? null : Math.max(...known(values)));

const mean = (values) => (known(values).length === 0 ? null : sum(known(values)) / known(values).length);

const answersOf = (slots, version) => sum(slots.map((slot) => slot.versions[version] ?? 0));

const merge = (slots, versions) => ({
  failed: sum(slots.map(({ failed }) => failed)),
  versions: Object.fromEntries(versions.map((version) => [version, answersOf(slots, version)])),
  p50: mean(slots.map(({ p50 }) => p50)),
  p99: highest(slots.map(({ p99 }) => p99)),
});

/** Versions in the order of their numbers. */
export const versionsOf = ({ load }) => Object.keys(load.versions).toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));

/**
 * The record in at most so many columns of equal time.
 * @returns `ms` of a column and `columns`, each with answers by version, failures, the mean of the slots' medians and the highest p99
 */
export const columnsOf = (result, most) => {
  const { slots, slotMs } = result.load;
  const width = Math.max(1, Math.ceil(slots.length / most));
  const versions = versionsOf(result);
  const starts = Array.from({ length: Math.ceil(slots.length / width) }, (_, at) => at * width);
  return { ms: width * slotMs, columns: starts.map((start) => merge(slots.slice(start, start + width), versions)) };
};
