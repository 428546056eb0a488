import { Client as ElasticClient, HttpConnection } from "@elastic/elasticsearch";
import { Client as OpenSearchClient } from "@opensearch-project/opensearch";
import { elasticsearchCheck, type ElasticsearchInstance } from "probekit/checks/elasticsearch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { elasticsearchStandIn, standInPassword } from "../support/real/elasticsearch-stand-in.js";
import type { RealServer } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow } from "./support/matrix.js";

interface Made extends ElasticsearchInstance {
  close(): Promise<unknown>;
}

type Make = (options: { readonly node: string; readonly auth: { readonly username: string; readonly password: string } }) => Made;

const clients: readonly (readonly [name: string, make: Make])[] = [
  ["@elastic/elasticsearch 8", (options) => new ElasticClient(options)],
  ["@elastic/elasticsearch 8 with HttpConnection", (options) => new ElasticClient({ ...options, Connection: HttpConnection })],
  ["@opensearch-project/opensearch 3", (options) => new OpenSearchClient(options)],
];

const connected = (make: Make, port: number, password = standInPassword): Made =>
  make({ node: `http://127.0.0.1:${port}`, auth: { username: "health", password } });

for (const [name, make] of clients) {
  faultRow({
    name: `elasticsearchCheck, ${name}`,
    against: "a stand-in for Elasticsearch 8 (plain HTTP)",
    server: elasticsearchStandIn,
    without: { exhausted: "a client opens connections as it needs them, 256 a node, and shows none of them" },
    connect: ({ port, wrongPassword }) => {
      const client = connected(make, port, wrongPassword ? "wrong" : standInPassword);
      return { check: elasticsearchCheck(client), close: () => client.close() };
    },
  });
}

describe("elasticsearchCheck leaves nothing behind", () => {
  let server: RealServer;

  beforeAll(async () => {
    server = await elasticsearchStandIn();
  }, 30_000);

  afterAll(() => server.remove());

  it.each(clients)("with %s", async (_name, make) => {
    const client = connected(make, server.port);
    await assertNoLeak(elasticsearchCheck(client));
    await client.close();
  }, 60_000);

  it.each(clients)("with %s: runs that time out on a frozen server hold no more connections than before", async (_name, make) => {
    const client = connected(make, server.port);
    const check = elasticsearchCheck(client);
    const sockets = (): number => process.getActiveResourcesInfo().filter((resource) => resource === "TCPSocketWrap").length;
    await check({ name: "search", signal: new AbortController().signal });
    const before = sockets();
    server.freeze();
    try {
      for (let turn = 0; turn < 30; turn++) {
        await expect(check({ name: "search", signal: AbortSignal.timeout(10), timeoutMs: 10 })).rejects.toThrow("timeout");
      }
      await expect.poll(sockets).toBeLessThanOrEqual(before);
    } finally {
      server.thaw();
    }
    expect(await check({ name: "search", signal: new AbortController().signal })).toMatchObject({ status: "ok" });
    await client.close();
  }, 60_000);
});
