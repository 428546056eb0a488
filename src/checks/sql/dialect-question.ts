/** Dialects that can't answer a `SELECT` without a table. */
const tables: readonly (readonly [RegExp, string])[] = [
  [/oracle/i, "DUAL"],
  [/firebird/i, "RDB$DATABASE"],
  [/db2|ibmi/i, "SYSIBM.SYSDUMMY1"],
  [/sap|hdb|hana/i, "DUMMY"],
];

/** The smallest question of a dialect. */
export const questionOfDialect = (dialect: string): string => {
  const table = tables.find(([pattern]) => pattern.test(dialect))?.[1];
  return table === undefined ? "SELECT 1" : `SELECT 1 FROM ${table}`;
};
