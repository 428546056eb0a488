/** How many letters have to be put in, taken out or replaced to make one word of the other. */
const distance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [at, letter] of [...from].entries()) row = nextRow(row, { letter, at, to });
  return row[to.length] ?? 0;
};

const nextRow = (above: readonly number[], { letter, at, to }: { letter: string; at: number; to: string }): number[] => {
  const row = [at + 1];
  for (let index = 0; index < to.length; index++) {
    const replaced = (above[index] ?? 0) + (to[index] === letter ? 0 : 1);
    row.push(Math.min(replaced, (above[index + 1] ?? 0) + 1, (row[index] ?? 0) + 1));
  }
  return row;
};

const longest = 40;

/** The known word that was probably meant: the nearest, or one that ends in it. `undefined` where none is near. */
export const suggestion = (word: string, known: readonly string[]): string | undefined => {
  if (word.length > longest) return undefined;
  const near = known
    .map((candidate) => ({ candidate, far: distance(word, candidate) }))
    .filter(({ candidate, far }) => far <= Math.max(1, Math.floor(candidate.length / 3)));
  const [nearest] = near.toSorted((a, b) => a.far - b.far);
  return nearest?.candidate ?? known.find((candidate) => candidate.endsWith(`-${word.replace(/^-+/, "")}`));
};

/** `; did you mean "check"?`, or nothing. */
export const didYouMean = (word: string, known: readonly string[]): string => {
  const meant = suggestion(word, known);
  return meant === undefined ? "" : `; did you mean "${meant}"?`;
};
