/** The middle of some numbers. */
export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};

/** The least and the greatest of some numbers. */
export const spread = (values) => [Math.min(...values), Math.max(...values)];

/** A number with so many digits behind the point. */
export const digits = (value, places = 2) => value.toFixed(places);

/** Rows of text as an aligned table. */
export const table = (rows) => {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd()).join("\n");
};
