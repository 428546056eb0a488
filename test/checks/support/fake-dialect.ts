import knex, { type Knex } from "knex";

/** One connection of the fake database. */
export interface FakeConnection {
  readonly stream: { destroyed: boolean; destroy(): void };
}

/** A database of the test's own behind knex's real client and pool. */
export interface FakeDatabase {
  readonly db: Knex;
  /** Queries asked so far. */
  readonly asked: string[];
  readonly opened: FakeConnection[];
  /** Connections that the pool has ended. */
  readonly ended: FakeConnection[];
  /** Settles the oldest query, when `answers` is false. */
  answer(error?: Error): void;
}

interface FakeOptions {
  readonly dialect?: string;
  readonly max?: number;
  /** Whether queries are answered at once, all or those that it picks. @default true */
  readonly answers?: boolean | ((sql: string) => boolean);
  readonly connect?: () => Promise<FakeConnection>;
}

const quiet = { warn: () => {}, error: () => {}, deprecate: () => {}, debug: () => {} };

export const fakeConnection = (): FakeConnection => {
  const stream = {
    destroyed: false,
    destroy: () => {
      stream.destroyed = true;
    },
  };
  return { stream };
};

export const fakeDatabase = ({ dialect = "mysql2", max = 2, answers = true, connect }: FakeOptions = {}): FakeDatabase => {
  const asked: string[] = [];
  const opened: FakeConnection[] = [];
  const ended: FakeConnection[] = [];
  const open: ((error?: Error) => void)[] = [];
  const client = class extends knex.Client {
    override dialect = dialect;
    override driverName = dialect;
    _driver(): object {
      return {};
    }
    override async acquireRawConnection(): Promise<FakeConnection> {
      const connection = await (connect ?? (async () => fakeConnection()))();
      opened.push(connection);
      return connection;
    }
    override async destroyRawConnection(connection: FakeConnection): Promise<void> {
      ended.push(connection);
    }
    _query(_connection: FakeConnection, query: { sql: string }): Promise<unknown> {
      asked.push(query.sql);
      if (typeof answers === "function" ? answers(query.sql) : answers) return Promise.resolve(query);
      return new Promise((resolve, reject) => {
        open.push((error) => (error === undefined ? resolve(query) : reject(error)));
      });
    }
  };
  // knex reads the driver's name off the prototype while it constructs.
  Object.assign(client.prototype, { dialect, driverName: dialect });
  const db = knex({ client, connection: {}, pool: { min: 0, max }, log: quiet });
  return { db, asked, opened, ended, answer: (error) => open.shift()?.(error) };
};
