import BetterDatabase from "better-sqlite3";

/** `DatabaseSync` of node:sqlite, as far as the check and its tests use it. */
export interface NodeSqlite {
  readonly isOpen: boolean;
  open(): void;
  close(): void;
  exec(sql: string): void;
  prepare(sql: string): { get(): unknown };
}

const module = process.getBuiltinModule("node:sqlite") as { readonly DatabaseSync: new (path: string) => NodeSqlite } | undefined;

/** Whether this Node has node:sqlite: 22.13 and newer. */
export const hasNodeSqlite = module !== undefined;

/** What node:sqlite throws for a result code of SQLite. */
const nodeError = ({ message, code }: { message: string; code?: string }): Error => {
  const errcode = { SQLITE_BUSY: 5, SQLITE_NOTADB: 26 }[code ?? ""];
  return Object.assign(new Error(message), errcode === undefined ? {} : { code: "ERR_SQLITE_ERROR", errcode, errstr: message });
};

const translated = <T>(work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw nodeError(error as Error);
  }
};

// The same SQLite with the shape of node:sqlite, for a Node that has none: its methods, its `isOpen`, its errors.
const standIn = (path: string): NodeSqlite => {
  const database = new BetterDatabase(path, { timeout: 0 });
  const assertOpen = (): void => {
    if (!database.open) throw Object.assign(new Error("database is not open"), { code: "ERR_INVALID_STATE" });
  };
  return {
    get isOpen() {
      return database.open;
    },
    open: () => {},
    close: () => {
      assertOpen();
      database.close();
    },
    exec: (sql) => translated(() => void database.exec(sql)),
    prepare: (sql) => {
      assertOpen();
      const statement = translated(() => database.prepare(sql));
      return { get: () => translated(() => statement.get()) };
    },
  };
};

/** A database of node:sqlite, or on an older Node one of its shape. */
export const nodeSqlite = (path: string): NodeSqlite => (module === undefined ? standIn(path) : new module.DatabaseSync(path));
