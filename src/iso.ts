let second = NaN;
let prefix = "";
const endings: string[] = [];

/** A wall-clock moment as ISO 8601, to the millisecond. Thousands come within a second, and `toISOString` costs more than the rest of an entry. */
export const iso = (wallMs: number): string => {
  const whole = Math.floor(wallMs / 1000);
  if (whole !== second) [second, prefix] = [whole, new Date(whole * 1000).toISOString().slice(0, -4)];
  const ms = Math.floor(wallMs) - whole * 1000;
  return prefix + (endings[ms] ??= `${String(ms).padStart(3, "0")}Z`);
};
