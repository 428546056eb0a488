/** One cell of the matrix, as test/faults/support/matrix.ts records it. */
export interface Told {
  readonly row: string;
  readonly against: string;
  readonly fault: string;
  readonly status?: string;
  readonly without?: string;
  readonly since?: string;
}

export const pageOf: (findings: readonly Told[]) => string;
export const tableOf: (findings: readonly Told[]) => string;
