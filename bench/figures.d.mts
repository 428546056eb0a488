export const median: (values: readonly number[]) => number;
export const spread: (values: readonly number[]) => readonly [number, number];
export const digits: (value: number, places?: number) => string;
export const table: (rows: readonly (readonly string[])[]) => string;
