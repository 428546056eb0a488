/** Longer paths are cut off. */
const longest = 100;

/** How the log names a request. A query is left out: it may hold what nobody but the application should read. */
export const requestName = (method: unknown, url: unknown): string => {
  const path = String(url ?? "").split("?", 1)[0] ?? "";
  return `${String(method ?? "GET")} ${path.length > longest ? `${path.slice(0, longest)}…` : path}`;
};
