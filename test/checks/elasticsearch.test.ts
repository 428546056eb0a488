import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import * as elasticsearch from "@elastic/elasticsearch";
import { Client as OpenSearchClient } from "@opensearch-project/opensearch";
import type { CheckOutcome } from "probekit";
import { elasticsearchCheck, type ElasticsearchCheckOptions, type ElasticsearchInstance } from "probekit/checks/elasticsearch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { settle } from "../support/fake-clock.js";
import { elasticsearchStandIn, standInPassword, type ElasticsearchStandIn } from "../support/real/elasticsearch-stand-in.js";
import { freePort } from "../support/real/served.js";
import { healthOf, run } from "./support/ask.js";
import { thrown } from "./support/thrown.js";

type Made = ElasticsearchInstance & { close(): Promise<unknown> };

const clients: readonly (readonly [name: string, make: (node: string, password?: string) => Made])[] = [
  ["@elastic/elasticsearch 8", (node, password = standInPassword) => new elasticsearch.Client({ node, auth: { username: "elastic", password } })],
  ["@opensearch-project/opensearch 3", (node, password = standInPassword) => new OpenSearchClient({ node, auth: { username: "admin", password } })],
];

describe("what elasticsearchCheck is handed", () => {
  const wanted = "elasticsearchCheck takes a client of @elastic/elasticsearch (7, 8 or 9) or of @opensearch-project/opensearch; got ";
  const wrong: [string, unknown, string][] = [
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["a URL", "https://elastic:secret@h:9200", "a string"],
    ["a class", elasticsearch.Client, "a class; hand over what it makes"],
    ["a promise of a client", Promise.resolve(), "a promise; await it first"],
    ["the package", elasticsearch, "the package itself"],
    ["an object", {}, "an object"],
    ["the old package's client", { cluster: { health: () => {} }, transport: {} }, "a client of the old elasticsearch package, or of none"],
  ];

  it.each(wrong)("is refused: %s", (_name, client, got) => {
    expect(thrown(() => elasticsearchCheck(client as never))).toEqual({ code: "invalid-client", message: wanted + got });
  });

  it.each<[ElasticsearchCheckOptions, string]>([
    [{ index: "" }, 'index must be a string that is not empty; got ""'],
    [{ index: 1 as never }, "index must be a string that is not empty; got 1"],
  ])("options are refused: %j", (options, message) => {
    expect(thrown(() => elasticsearchCheck(clients[0]![1]("http://127.0.0.1:1"), options))).toEqual({ code: "invalid-option", message });
  });

  it("options that it doesn't have are refused, and undefined means the default", () => {
    const client = clients[1]![1]("http://127.0.0.1:1");
    const message = 'elasticsearchCheck has no option "local"; it has index';
    expect(thrown(() => elasticsearchCheck(client, { local: true } as never))).toEqual({ code: "unknown-option", message });
    expect(elasticsearchCheck(client, { index: undefined })).toBeTypeOf("function");
  });
});

describe.each(clients)("what a stand-in for Elasticsearch answers to %s", (name, make) => {
  const isElastic = name.startsWith("@elastic");
  let server: ElasticsearchStandIn;
  let client: Made;

  beforeAll(async () => {
    server = await elasticsearchStandIn();
    client = make(`http://127.0.0.1:${server.port}`);
  }, 30_000);

  afterAll(async () => {
    await client.close();
    await server.remove();
  });

  const data = { clusterStatus: "green", nodes: 3, activeShardsPercent: 100, unassignedShards: 0 };
  const verdicts: [string, Readonly<Record<string, unknown>>, CheckOutcome][] = [
    ["green", {}, { status: "ok", data }],
    ["yellow", { status: "yellow", unassigned_shards: 5, active_shards_percent_as_number: 50 }, {
      status: "warn",
      message: "the cluster is yellow: replicas are missing",
      data: { clusterStatus: "yellow", nodes: 3, activeShardsPercent: 50, unassignedShards: 5 },
    }],
    ["red", { status: "red", number_of_nodes: 1, unassigned_shards: 7, active_shards_percent_as_number: 30 }, {
      status: "error",
      message: "the cluster is red: primary shards are missing",
      data: { clusterStatus: "red", nodes: 1, activeShardsPercent: 30, unassignedShards: 7 },
    }],
    ["a time-out of its own", { timed_out: true }, { status: "error", message: "the cluster did not tell its health in time", data }],
    ["no colour", { status: "unknown" }, { status: "error", message: "the answer tells no cluster's health" }],
    ["a list of colours", { status: ["green"] }, { status: "error", message: "the answer tells no cluster's health" }],
    ["a colour that is no text", { status: { toString: 1 } }, { status: "error", message: "the answer tells no cluster's health" }],
  ];

  const ask = (options?: ElasticsearchCheckOptions): Promise<CheckOutcome> =>
    Promise.resolve(elasticsearchCheck(client, options)({ name: "search", signal: new AbortController().signal, timeoutMs: 4000 }));

  it.each(verdicts)("%s", async (_name, health, verdict) => {
    await server.tell({ health });
    expect(await ask()).toEqual(verdict);
  });

  it("is asked once a run, for the cluster or for the indices that were named", async () => {
    await server.tell({});
    await ask();
    const master = isElastic ? { master_timeout: "3000ms" } : {};
    expect(await server.tell({})).toEqual([master]);
    expect(await ask({ index: "orders" })).toEqual({ status: "ok", data });
    expect(await server.tell({ health: { status: "yellow" } })).toEqual([{ ...master, index: "orders", timeout: "0s" }]);
    expect(await ask({ index: "orders" })).toMatchObject({ status: "warn", message: "the index is yellow: replicas are missing" });
    expect(await ask({ index: "mails" })).toMatchObject({ status: "error", message: "no such index" });
  });

  const failures: [number, string][] = [
    [403, "not permitted (HTTP 403)"],
    [404, "not found (HTTP 404)"],
    [429, "the server is overloaded (HTTP 429)"],
    [500, "the server answered with HTTP 500"],
    [502, "the server is unavailable (HTTP 502)"],
    [503, "the cluster has no master (HTTP 503)"],
  ];

  it.each(failures)("HTTP %i, without a second try; the next run is ok", async (status, message) => {
    await server.tell({ status });
    const health = healthOf(elasticsearchCheck(client));
    expect(await run(health)).toMatchObject({ status: "error", reason: "failed", message });
    expect(await server.tell({})).toHaveLength(1);
    expect(await run(health)).toMatchObject({ status: "ok" });
  });

  it("says nothing of the user whose password is wrong", async () => {
    const stranger = make(`http://127.0.0.1:${server.port}`, "wrong");
    expect(await run(healthOf(elasticsearchCheck(stranger)))).toMatchObject({ status: "error", message: "authentication failed (HTTP 401)" });
    await stranger.close();
  });
});

describe("the answer of Elasticsearch 7", () => {
  it("stands in a body, and one that timed out comes with HTTP 408, which is no error to the client", async () => {
    const asked: object[] = [];
    const body = { status: "red", timed_out: true, number_of_nodes: 3, active_shards_percent_as_number: 100, unassigned_shards: 0 };
    const health = async (_query: object, options: object) => {
      asked.push(options);
      return { statusCode: 408, body };
    };
    const check = elasticsearchCheck({ cluster: { health }, child: () => {} }, { index: "mails" });
    expect(await check({ name: "search", signal: new AbortController().signal })).toMatchObject({ status: "error", message: "no such index" });
    expect(asked).toMatchObject([{ maxRetries: 0, ignore: [408] }]);
  });

  it("is aborted by what its request returned", async () => {
    let aborted = 0;
    const health = () => Object.assign(new Promise(() => {}), { abort: () => (aborted += 1) });
    const controller = new AbortController();
    const asked = Promise.resolve(elasticsearchCheck({ cluster: { health }, child: () => {} })({ name: "search", signal: controller.signal }));
    controller.abort(new Error("overtaken"));
    await expect(asked).rejects.toThrow("overtaken");
    expect(aborted).toBe(1);
  });
});

/** A server that isn't Elasticsearch, and the connections that it has accepted. */
const withServer = async <T>(listener: RequestListener, use: (node: string, accepted: readonly Socket[]) => Promise<T>): Promise<T> => {
  const server = createServer(listener).listen(0, "127.0.0.1");
  const accepted: Socket[] = [];
  server.on("connection", (socket) => accepted.push(socket));
  await once(server, "listening");
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, accepted);
  } finally {
    server.closeAllConnections();
    server.close();
  }
};

describe.each(clients)("what goes wrong under %s", (name, make) => {
  const messageAt = async (node: string): Promise<string | undefined> => {
    const client = make(node);
    const { message } = await run(healthOf(elasticsearchCheck(client)));
    await client.close();
    return message;
  };

  it("a node that refuses, by number or by name, is named without its host", async () => {
    const port = await freePort();
    for (const host of ["127.0.0.1", "localhost"]) {
      expect(await messageAt(`http://${host}:${port}`)).toMatch(/^connection refused \(ECONNREFUSED\)$|^not connected: no node could be reached$/);
    }
    expect(await messageAt("http://search.invalid:9200")).toMatch(/^DNS: /);
  });

  it("TLS where there is none", async () => {
    const message = await withServer((_request, response) => response.end(), (node) => messageAt(node.replace("http:", "https:")));
    expect(message).toMatch(/^TLS failed/);
  });

  it("an answer that isn't JSON", async () => {
    const headers = { "Content-Type": "application/json", "X-Elastic-Product": "Elasticsearch" };
    expect(await withServer((_request, response) => response.writeHead(200, headers).end("<html>"), messageAt)).toBe("the answer is not JSON");
  });

  it("an answer of something else", async () => {
    const message = await withServer((_request, response) => response.end("ok"), messageAt);
    expect(message).toBe(name.startsWith("@elastic") ? "the server is not Elasticsearch" : "the answer tells no cluster's health");
  });

  it.each([
    ["before the answer", () => {}],
    ["in the middle of it", (_request, response) => response.writeHead(200, partial).write("{")],
  ] satisfies [string, RequestListener][])("an aborted run closes its connection %s", async (_name, listener) => {
    let heard = 0;
    await withServer((request, response) => {
      heard += 1;
      listener(request, response);
    }, async (node, accepted) => {
      const client = make(node);
      const controller = new AbortController();
      const asked = Promise.resolve(elasticsearchCheck(client)({ name: "search", signal: controller.signal }));
      await expect.poll(() => heard).toBe(1);
      await settle();
      expect(accepted.map(({ destroyed }) => destroyed)).toEqual([false]);
      controller.abort(new Error("overtaken"));
      await expect(asked).rejects.toThrow("overtaken");
      await expect.poll(() => accepted[0]?.destroyed).toBe(true);
      await client.close();
    });
  });

  it("a run that was aborted before it began asks nothing", async () => {
    await withServer(() => {}, async (node, accepted) => {
      const client = make(node);
      await expect(elasticsearchCheck(client)({ name: "search", signal: AbortSignal.abort(new Error("overtaken")) })).rejects.toThrow("overtaken");
      expect(accepted).toEqual([]);
      await client.close();
    });
  });
});

const partial = { "Content-Type": "application/json", "X-Elastic-Product": "Elasticsearch", "Content-Length": "100" };
