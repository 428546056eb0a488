const sum = (values) => values.reduce((total, value) => total + value, 0);

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;

const answersOf = (slots, version) => sum(slots.map((slot) => slot.versions[version] ?? 0));

const merge = (slots, versions) => {
  const sorted = slots.flatMap(({ latencies }) => latencies).toSorted((a, b) => a - b);
  return {
    failed: sum(slots.map(({ failed }) => failed)),
    versions: Object.fromEntries(versions.map((version) => [version, answersOf(slots, version)])),
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
  };
};

/** Versions in the order of their numbers. */
export const versionsOf = ({ load }) => Object.keys(load.versions).toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));

/**
 * The record in at most so many columns of equal time.
 * @returns `ms` of a column and `columns`, each of what was sent in it: answers by version, failures, and median and p99 of both
 */
export const columnsOf = (result, most) => {
  const { slots, slotMs } = result.load;
  const width = Math.max(1, Math.ceil(slots.length / most));
  const versions = versionsOf(result);
  const starts = Array.from({ length: Math.ceil(slots.length / width) }, (_, at) => at * width);
  return { ms: width * slotMs, columns: starts.map((start) => merge(slots.slice(start, start + width), versions)) };
};
