/**
 * Tells the releases of a pool that says nothing of them. The token it returns stays the same for as long as nothing that
 * was lent at the last call has been given back.
 * @param loansOf the pool's own records of its loans, a new one for each
 */
export const loansToken = (loansOf: () => readonly unknown[]): (() => object) => {
  let loans: ReadonlySet<unknown> = new Set();
  let token = {};
  return () => {
    const present = new Set(loansOf());
    if ([...loans].some((loan) => !present.has(loan))) token = {};
    loans = present;
    return token;
  };
};
