import Database from "better-sqlite3";

type Callback = (error: unknown, rows?: unknown[]) => void;

/** What Sequelize uses of the sqlite3 package, over better-sqlite3: the same SQLite, with callbacks. */
class CallbackDatabase {
  readonly #database: Database.Database;
  readonly filename: string;

  constructor(filename: string, _mode: number, opened: Callback) {
    this.filename = filename;
    this.#database = new Database(filename);
    process.nextTick(opened, null);
  }

  serialize(work: () => void): void {
    work();
  }

  run(sql: string, parameters?: unknown, done?: Callback): this {
    return this.#ask(() => [this.#database.exec(sql)], typeof parameters === "function" ? (parameters as Callback) : done);
  }

  all(sql: string, _parameters: unknown, done: Callback): this {
    return this.#ask(() => this.#database.prepare(sql).all(), done);
  }

  close(done: Callback = () => {}): void {
    this.#database.close();
    process.nextTick(done, null);
  }

  #ask(work: () => unknown[], done: Callback = () => {}): this {
    try {
      const rows = work();
      process.nextTick(() => done.call(this, null, rows));
    } catch (error) {
      process.nextTick(() => done.call(this, error));
    }
    return this;
  }
}

export const sqlite3 = { Database: CallbackDatabase, OPEN_READWRITE: 2, OPEN_CREATE: 4 };
