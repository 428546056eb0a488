import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { Sequelize, type Options } from "sequelize";
import { sequelizeCheck } from "probekit/checks/sequelize";
import { describe, expect, it } from "vitest";
import { freePort } from "../support/real/served.js";
import { healthOf, run } from "./support/ask.js";
import { sqlite3 } from "./support/sqlite3.js";
import { thrown } from "./support/thrown.js";

const postgres = (options: Options = {}): Sequelize => new Sequelize({ dialect: "postgres", host: "127.0.0.1", logging: false, ...options });

const sqlite = (options: Options = {}): Sequelize =>
  new Sequelize({ dialect: "sqlite", storage: ":memory:", dialectModule: sqlite3, logging: false, ...options });

const methods = { query: () => {}, getDialect: () => "postgres", authenticate: () => {}, close: () => {} };

describe("what sequelizeCheck is handed", () => {
  const wanted = "sequelizeCheck takes a Sequelize instance of Sequelize 6, as new Sequelize(…) makes it; got ";
  const pool = { acquire: () => {}, release: () => {}, destroy: () => {} };
  const wrong: [string, unknown, string][] = [
    ["undefined", undefined, "undefined"],
    ["the class", Sequelize, "a class; hand over what it makes"],
    ["a promise", Promise.resolve(), "a promise; await it first"],
    ["its query interface", postgres().getQueryInterface(), "an object made by PostgresQueryInterface"],
    ["an old major", { ...methods, connectionManager: { pool } }, "a Sequelize instance of an old major"],
    ["Sequelize 5", Object.assign(postgres(), { import: () => {} }), "a Sequelize instance of an old major"],
    ["Sequelize 7", { ...methods, pool }, "a Sequelize instance of Sequelize 7"],
  ];

  it.each(wrong)("is refused: %s", (_name, client, got) => {
    expect(thrown(() => sequelizeCheck(client as never))).toEqual({ code: "invalid-client", message: wanted + got });
  });

  it("has the options of a pool where there is one", () => {
    const given = { onPoolExhausted: "error", acquireTimeoutMs: 5, poolStuckAfterMs: 5, query: "select 2" } as const;
    expect(sequelizeCheck(postgres(), given)).toBeTypeOf("function");
    const unknown = 'sequelizeCheck of SQLite has no option "acquireTimeoutMs"; it has onPoolExhausted, query';
    expect(thrown(() => sequelizeCheck(sqlite(), given))).toEqual({ code: "unknown-option", message: unknown });
    const misspelt = 'sequelizeCheck has no option "timeout"; it has onPoolExhausted, acquireTimeoutMs, poolStuckAfterMs, query';
    expect(thrown(() => sequelizeCheck(postgres(), { timeout: 5 } as never))).toEqual({ code: "unknown-option", message: misspelt });
  });
});

describe("sequelizeCheck", () => {
  it("asks SQLite once, without a line in the log", async () => {
    const lines: string[] = [];
    const asked: unknown[] = [];
    const sequelize = sqlite({ logging: (line) => lines.push(line) });
    sequelize.addHook("beforeQuery", (...given: unknown[]) => void asked.push(given));
    expect(await run(healthOf(sequelizeCheck(sequelize)))).toMatchObject({ status: "ok" });
    expect([asked.length, lines]).toEqual([1, []]);
    await sequelize.close();
  });

  it("never asks again within a run, whatever Sequelize is told to retry", async () => {
    const asked: unknown[] = [];
    const sequelize = sqlite({ retry: { max: 5, match: [/no such table/] } });
    sequelize.addHook("beforeQuery", (...given: unknown[]) => void asked.push(given));
    const check = sequelizeCheck(sequelize, { query: "select 1 from orders" });
    expect(await run(healthOf(check))).toMatchObject({ status: "error", message: "no such table: orders" });
    expect(asked.length).toBe(1);
    await sequelize.close();
  });

  it("names a refused connection", async () => {
    const sequelize = postgres({ port: await freePort() });
    const health = healthOf(sequelizeCheck(sequelize));
    expect(await run(health)).toMatchObject({ status: "error", message: "connection refused (ECONNREFUSED)" });
    await sequelize.close();
  });

  it("says that a connection was lost which the server ended while it was opened, and not that it timed out", async () => {
    const server = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const sequelize = postgres({ port: (server.address() as AddressInfo).port });
    expect(await run(healthOf(sequelizeCheck(sequelize)))).toMatchObject({ status: "error", message: "connection lost" });
    await sequelize.close();
    server.close();
  });

  it("names a host that is not there, without its name", async () => {
    const sequelize = postgres({ host: "db.invalid" });
    const report = await run(healthOf(sequelizeCheck(sequelize)));
    expect(report).toMatchObject({ status: "error", message: expect.stringMatching(/^DNS: /) });
    expect(report.message).not.toContain("invalid");
    await sequelize.close();
  });
});
