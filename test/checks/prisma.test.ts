import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClientInitializationError, PrismaClientKnownRequestError, PrismaClientUnknownRequestError } from "@prisma/client/runtime/client";
import { createPool } from "mysql2";
import { Pool } from "pg";
import { prismaCheck, type PrismaInstance } from "probekit/checks/prisma";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generatePrisma, missingPrisma, type GeneratedPrisma } from "../support/real/prisma.js";
import { describeReal, freePort } from "../support/real/served.js";
import { healthOf, run } from "./support/ask.js";
import { thrown } from "./support/thrown.js";

const wanted = "prismaCheck takes a PrismaClient of Prisma 5, 6 or 7; got ";

/** A client that fails as an older engine, an adapter or a server that is not here would make it. */
const failing = (error: unknown): PrismaInstance & { readonly $queryRawUnsafe: () => Promise<never> } => ({
  $connect: () => {},
  $disconnect: () => {},
  $queryRawUnsafe: () => Promise.reject(error),
});

describe("what prismaCheck is handed", () => {
  const wrong: [string, unknown, string][] = [
    ["undefined", undefined, "undefined"],
    ["a promise", Promise.resolve(), "a promise; await it first"],
    ["another library's client", new Pool(), "an object made by BoundPool"],
    ["a driver adapter", new PrismaPg({}), "an object made by PrismaPgAdapterFactory"],
    ["the namespace", { PrismaClientKnownRequestError }, "the Prisma namespace"],
    ["the package", { PrismaClient: Pool }, "the @prisma/client package itself"],
    ["a transaction's client", { $queryRawUnsafe: () => {} }, "the client of an interactive transaction"],
  ];

  it.each(wrong)("is refused: %s", (_name, client, got) => {
    expect(thrown(() => prismaCheck(client as never))).toEqual({ code: "invalid-client", message: wanted + got });
  });

  const options: [object, string, string][] = [
    [{ timeout: 5 }, "unknown-option", 'prismaCheck has no option "timeout"; it has pool, onPoolExhausted, acquireTimeoutMs, poolStuckAfterMs, query'],
    [{ poolStuckAfterMs: 5 }, "unknown-option", 'prismaCheck without its pool has no option "poolStuckAfterMs"; it has onPoolExhausted, query'],
    [{ pool: 5 }, "invalid-client", "prismaCheck takes as its pool the Pool of pg 8 or the pool of mysql2 that the library was given; got a number"],
  ];

  it.each(options)("options %j are refused", (given, code, message) => {
    expect(thrown(() => prismaCheck(failing(undefined), given as never))).toEqual({ code, message });
  });
});

describe("what prismaCheck says of Prisma's errors", () => {
  const known = (code: string, meta: Record<string, unknown> = {}) =>
    new PrismaClientKnownRequestError("Can't reach database server at `db.internal:5432`", { code, clientVersion: "6.0.0", meta });
  const adapter = (cause: object) => known("P2010", { driverAdapterError: Object.assign(new Error("DriverAdapterError"), { cause }) });
  const errors: [string, unknown, string][] = [
    ["P1000 at start", new PrismaClientInitializationError("Authentication failed for `u`", "6.0.0", "P1000"), "authentication failed (P1000)"],
    ["P1001 at start", new PrismaClientInitializationError("Can't reach `db`", "6.0.0", "P1001"), "not connected: the database server can't be reached (P1001)"],
    ["P1001", known("P1001"), "not connected: the database server can't be reached (P1001)"],
    ["P1002", known("P1002"), "timed out (P1002)"],
    ["P1003", known("P1003"), "no such database (P1003)"],
    ["P1008", known("P1008"), "timed out (P1008)"],
    ["P1010", known("P1010"), "authentication failed (P1010)"],
    ["P1011", known("P1011"), "TLS failed (P1011)"],
    ["P1017", known("P1017"), "connection lost (P1017)"],
    ["P2037", known("P2037"), "the server takes no more connections (P2037)"],
    ["a raw query's own code", known("P2010", { code: "57P01", message: "terminating" }), "connection lost: the server is shutting down (57P01)"],
    ["an adapter's code", adapter({ kind: "AuthenticationFailed", originalCode: "28P01", originalMessage: "for user u" }), "authentication failed (28P01)"],
    ["an adapter's kind", adapter({ kind: "DatabaseNotReachable", host: "db.internal" }), "not connected: the database server can't be reached (DatabaseNotReachable)"],
    ["an adapter's socket time-out", adapter({ kind: "SocketTimeout" }), "timed out (SocketTimeout)"],
    ["an adapter's lost connection", adapter({ kind: "ConnectionClosed" }), "connection lost (ConnectionClosed)"],
    ["an adapter's TLS", adapter({ kind: "TlsConnectionError", reason: "self-signed" }), "TLS failed (TlsConnectionError)"],
    ["an adapter's full server", adapter({ kind: "TooManyConnections", cause: "" }), "the server takes no more connections (TooManyConnections)"],
    ["an adapter's database", adapter({ kind: "DatabaseDoesNotExist", db: "orders" }), "no such database (DatabaseDoesNotExist)"],
    ["an adapter's error by itself", Object.assign(new Error("DriverAdapterError"), { cause: { kind: "ConnectionClosed" } }), "connection lost (ConnectionClosed)"],
    ["a driver's error", Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), "connection refused (ECONNREFUSED)"],
    ["an unknown one", new PrismaClientUnknownRequestError("odd", { clientVersion: "6.0.0" }), "odd"],
  ];

  it.each(errors)("names the kind of %s", async (_name, error, message) => {
    expect(await run(healthOf(prismaCheck(failing(error))))).toMatchObject({ status: "error", reason: "failed", message });
  });

  it("warns of P2024, Prisma's own word for a full pool, and fails where that is asked for", async () => {
    const exhausted = { reason: "failed", message: "pool exhausted: no connection in Prisma's own pool_timeout (P2024)" };
    expect(await run(healthOf(prismaCheck(failing(known("P2024")))))).toMatchObject({ ...exhausted, status: "warn" });
    const strict = prismaCheck(failing(known("P2024")), { onPoolExhausted: "error" });
    expect(await run(healthOf(strict))).toMatchObject({ ...exhausted, status: "error" });
  });
});

describe("prismaCheck of MongoDB", () => {
  const mongodb = (answer: () => Promise<unknown>, asked: unknown[] = []) => ({
    _activeProvider: "mongodb",
    $connect: () => {},
    $disconnect: () => {},
    $queryRawUnsafe: () => Promise.reject(new Error("not of this provider")),
    $runCommandRaw: (command: unknown) => {
      asked.push(command);
      return answer();
    },
  });

  it("pings", async () => {
    const asked: unknown[] = [];
    expect(await run(healthOf(prismaCheck(mongodb(async () => ({ ok: 1 }), asked))))).toMatchObject({ status: "ok" });
    expect(asked).toEqual([{ ping: 1 }]);
  });

  it("names a server that is not found", async () => {
    const error = new PrismaClientKnownRequestError("Raw query failed. Code: `unknown`. Message: `Kind: Server selection timeout: No available servers.`", { code: "P2010", clientVersion: "6.0.0" });
    const health = healthOf(prismaCheck(mongodb(() => Promise.reject(error))));
    expect(await run(health)).toMatchObject({ status: "error", message: "timed out: no MongoDB server was found" });
  });

  it("has no query of its own", () => {
    const given = () => prismaCheck(mongodb(async () => {}), { query: "select 1" });
    expect(thrown(given)).toEqual({ code: "unknown-option", message: 'prismaCheck of MongoDB has no option "query"; it has onPoolExhausted' });
  });
});

describeReal("prismaCheck of a generated client", missingPrisma, () => {
  let generated: GeneratedPrisma;
  beforeAll(async () => {
    generated = await generatePrisma();
  }, 60_000);
  afterAll(() => generated?.remove());

  it("refuses the namespace and the class that came with it", () => {
    expect(thrown(() => prismaCheck(generated.Prisma as never)).message).toBe(`${wanted}the Prisma namespace`);
    expect(thrown(() => prismaCheck(generated.PrismaClient as never)).message).toBe(`${wanted}a class; hand over what it makes`);
  });

  it("asks the pool itself, pg's or mysql2's, where that is given", async () => {
    const at = { host: "127.0.0.1", port: await freePort() };
    const [pg, mysql] = [new Pool(at), createPool(at)];
    const prisma = new generated.PrismaClient({ adapter: new PrismaPg(pg) });
    for (const pool of [pg, mysql]) {
      expect(await run(healthOf(prismaCheck(prisma, { pool })))).toMatchObject({ status: "error", message: "connection refused (ECONNREFUSED)" });
    }
    await pg.end();
    await mysql.promise().end();
  });

  it("accepts the types that Prisma generates, of a client, of an extended one, and of no transaction", () => {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const use = join(generated.sources, "use.ts");
    writeFileSync(use, `
import { PrismaPg } from "@prisma/adapter-pg";
import { Pool } from "pg";
import { prismaCheck } from "probekit/checks/prisma";
import { PrismaClient } from "./client.js";
const pool = new Pool();
const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
prismaCheck(prisma);
prismaCheck(prisma, { pool });
prismaCheck(prisma.$extends({ name: "named" }));
// @ts-expect-error a transaction's client is none
void prisma.$transaction(async (transaction) => prismaCheck(transaction));
`);
    const config = join(generated.sources, "tsconfig.json");
    const paths = { probekit: [join(root, "src/index.ts")], "probekit/checks/*": [join(root, "src/checks/*.ts")] };
    const typeRoots = [join(root, "node_modules/@types")];
    writeFileSync(config, JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions: { paths, typeRoots }, include: [use], exclude: [] }));
    const done = spawnSync(process.execPath, [join(root, "node_modules/.bin/tsc"), "-p", config], { encoding: "utf8" });
    expect(done.stdout).toBe("");
    expect(done.status).toBe(0);
  }, 60_000);
});
