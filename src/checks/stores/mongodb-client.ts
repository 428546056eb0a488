import { described, hasMethods, member, refuseClient } from "../shared/duck.js";
import { isDestroyed, topologyOf } from "./mongodb-topology.js";

/** A MongoDB client as the check sees it, whichever library it is of. */
export interface Mongodb {
  /** The driver's `MongoClient` that is behind it now; `undefined` while there is none. */
  client(): unknown;
  /** Why it can't be asked; `undefined` while it may be. */
  notConnected(): string | undefined;
  /** Connects a client whose attempt to connect failed: it is dead until it is told to connect again. */
  connect(): PromiseLike<unknown> | undefined;
  /** The database that is asked. */
  database(): MongodbDatabase;
}

/** A `Db` of the driver, as far as the check uses it. */
export interface MongodbDatabase {
  command(command: object, options: object): PromiseLike<unknown>;
}

type Connectable = Record<"connect", () => PromiseLike<unknown>>;
type Databases = Record<"db", (name: string) => MongodbDatabase>;

const wanted = "a MongoClient or a Db of mongodb 4 to 7, or mongoose 6 to 9 or a Connection of it";

const refuse = (got: string): never => refuseClient("mongodbCheck", wanted, got);

/** A client by its shape. @throws HealthError `invalid-client` for anything else */
export const mongodbOf = (value: unknown): Mongodb => {
  if (typeof value === "function") return refuse(described(value));
  if (typeof member(value, "MongoClient") === "function") return refuse("the mongodb package itself");
  if (hasMethods(value, ["createConnection", "connect"])) return mongoose(value);
  if (hasMethods(value, ["getClient"]) && typeof member(value, "readyState") === "number") return connection(value);
  if (hasMethods(value, ["isConnected", "db"]) || hasMethods(value, ["executeDbAdminCommand"])) return refuse("one of mongodb 3 or older");
  if (hasMethods(value, ["db", "connect", "startSession", "on", "removeListener"])) return mongoClient(value);
  return hasMethods(value, ["command", "collection", "admin"]) ? database(value) : refuse(described(value));
};

const reconnect = (client: unknown): PromiseLike<unknown> | undefined =>
  isDestroyed(client) ? (client as Connectable).connect() : undefined;

const mongoClient = (client: unknown): Mongodb => ({
  client: () => client,
  notConnected: () => undefined,
  connect: () => reconnect(client),
  database: () => (client as Databases).db("admin"),
});

// In older versions a Db shows its client among its private parts alone.
const database = (db: unknown): Mongodb => {
  const client = (): unknown => member(db, "client") ?? member(member(db, "s"), "client");
  return { client, notConnected: () => undefined, connect: () => reconnect(client()), database: () => db as MongodbDatabase };
};

const mongoose = (instance: unknown): Mongodb => {
  assertMajor(instance);
  return connectionOf(() => member(instance, "connection"));
};

const connection = (given: unknown): Mongodb => {
  assertMajor(member(given, "base"));
  return connectionOf(() => given);
};

const assertMajor = (instance: unknown): void => {
  const version = member(instance, "version");
  if (typeof version === "string" && Number.parseInt(version, 10) < 6) refuse(`mongoose ${version}`);
};

/** What mongoose calls its states: https://mongoosejs.com/docs/api/connection.html#Connection.prototype.readyState */
const states: Readonly<Record<string, string>> = { 2: "connecting", 3: "disconnecting" };

/**
 * A connection of mongoose, by way of its driver: what mongoose itself is asked while it isn't connected would wait in its
 * buffer. One that connects, or has lost its server, has a client that may be asked; one that was closed has none.
 */
const connectionOf = (present: () => unknown): Mongodb => {
  const client = (): unknown => member(present(), "client");
  const isAlive = (): boolean => topologyOf(client()) !== undefined && !isDestroyed(client());
  return {
    client,
    notConnected: () => {
      const state = member(present(), "readyState");
      return isAlive() && state !== 3 ? undefined : `mongoose is ${states[String(state)] ?? "disconnected"}`;
    },
    connect: () => undefined,
    database: () => (client() as Databases).db("admin"),
  };
};
