import { member } from "../shared/duck.js";

/** What SQLite's result codes mean: https://www.sqlite.org/rescode.html */
const kinds: readonly (readonly [number, string, string])[] = [
  [5, "SQLITE_BUSY", "the database is locked"],
  [6, "SQLITE_LOCKED", "the database is locked"],
  [8, "SQLITE_READONLY", "the database can't be written"],
  [10, "SQLITE_IOERR", "the database file can't be read or written"],
  [11, "SQLITE_CORRUPT", "the database is corrupt"],
  [13, "SQLITE_FULL", "the disk is full"],
  [14, "SQLITE_CANTOPEN", "the database file can't be opened"],
  [23, "SQLITE_AUTH", "not permitted"],
  [26, "SQLITE_NOTADB", "the file is not a database"],
];

const ofName = (code: string): string | undefined => {
  const primary = /^SQLITE_[A-Z]+/.exec(code)?.[0];
  const kind = kinds.find(([, name]) => name === primary)?.[2];
  return kind === undefined ? undefined : `${kind} (${code})`;
};

// node:sqlite has the number of an extended code, whose low byte is the primary one.
const ofNumber = (errcode: unknown): string | undefined => {
  if (typeof errcode !== "number") return undefined;
  const found = kinds.find(([number]) => number === (errcode & 0xff));
  return found === undefined ? undefined : `${found[2]} (${found[1]})`;
};

/** The kind of an error of SQLite, from its result code; `undefined` for what is none. */
export const kindOfSqlite = (error: unknown): string | undefined => {
  const code = member(error, "code");
  const kind = typeof code === "string" ? ofName(code) : undefined;
  if (kind !== undefined) return kind;
  const isClosed = /database (?:connection )?is not open/.test(String(member(error, "message")));
  return ofNumber(member(error, "errcode")) ?? (isClosed ? "not connected: the database is closed" : undefined);
};
