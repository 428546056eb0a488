import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Plain node, because Vitest's own modules do not see what a build breaks. What it prints to stderr is a failure too. */
const node = async (script: string, ...args: readonly string[]): Promise<unknown> => {
  const { stdout, stderr } = await run(process.execPath, [here(script), ...args], { timeout: 20_000 });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
};

/** The public names of the package: one that comes or goes is a change to the changelog. */
const names = {
  ".": ["HealthError", "createHandler", "createHealth", "isHealthError"],
  "./grpc": ["grpcHealth"],
  "./haproxy-agent": ["haproxyAgent"],
  "./shutdown": ["nextServer", "shutdownOnSignal"],
  "./opentelemetry": ["openTelemetryMetrics"],
  "./prometheus": ["prometheusMetrics"],
  "./testing": ["fakeClock", "runCheck"],
  "./express": ["expressHealth"],
  "./fastify": ["fastifyHealth"],
  "./fetch": ["fetchHealth"],
  "./http": ["httpHealth"],
  "./koa": ["koaHealth"],
  "./next": ["nextApiHealth", "nextHealth", "sharedHealth"],
  "./checks/bullmq": ["bullmqCheck"],
  "./checks/directory": ["directoryCheck"],
  "./checks/disk": ["diskCheck"],
  "./checks/dns": ["dnsCheck"],
  "./checks/drizzle": ["drizzleCheck"],
  "./checks/elasticsearch": ["elasticsearchCheck"],
  "./checks/event-loop": ["eventLoopCheck"],
  "./checks/file": ["fileCheck"],
  "./checks/file-descriptors": ["fileDescriptorsCheck"],
  "./checks/grpc": ["grpcCheck"],
  "./checks/heap": ["heapCheck"],
  "./checks/http": ["httpCheck"],
  "./checks/kafka": ["kafkaCheck"],
  "./checks/knex": ["knexCheck"],
  "./checks/kysely": ["kyselyCheck"],
  "./checks/mongodb": ["mongodbCheck"],
  "./checks/mqtt": ["mqttCheck"],
  "./checks/mysql2": ["mysql2Check"],
  "./checks/nats": ["natsCheck"],
  "./checks/open-feature": ["openFeatureCheck"],
  "./checks/pg": ["pgCheck"],
  "./checks/prisma": ["prismaCheck"],
  "./checks/rabbitmq": ["rabbitmqCheck"],
  "./checks/redis": ["redisCheck"],
  "./checks/rss": ["rssCheck"],
  "./checks/sequelize": ["sequelizeCheck"],
  "./checks/sqlite": ["sqliteCheck"],
  "./checks/tcp": ["tcpCheck"],
  "./checks/tls": ["tlsCheck"],
  "./checks/typeorm": ["typeormCheck"],
};

const kinds = ["esm", "cjs"] as const;

describe("the build", () => {
  it.each(kinds)("loads as %s in plain node and exports exactly the public names", async (kind) => {
    const loaded = (await node("load.mjs", kind)) as Record<string, string[]>;
    const sorted = Object.entries(loaded).map(([entry, exported]) => [entry, exported.toSorted()]);
    expect(Object.fromEntries(sorted)).toEqual(names);
  });

  it.each(kinds.flatMap((core) => kinds.map((adapters) => ({ core, adapters }))))(
    "answers through every adapter with a $core health and $adapters adapters",
    async ({ core, adapters }) => {
      const answer = "200 degraded queue ok,warn";
      const servers = { http: answer, express4: answer, express5: answer, koa: answer, fastify: answer, fetch: answer, next: answer };
      const errors = { badMount: "invalid-option", badHealth: "invalid-health", badClient: "invalid-client" };
      expect(await node("exercise.mjs", core, adapters)).toEqual({ report: "degraded", ...servers, ...errors });
    },
  );

  it("holds the core in index alone; every other file asks for it by name", () => {
    const files = readdirSync(here("../../dist"), { recursive: true, encoding: "utf8" }).filter((file) => /\.c?js$/.test(file));
    const holding = files.filter((file) => readFileSync(here(`../../dist/${file}`), "utf8").includes("application/health+json"));
    expect(holding.toSorted()).toEqual(["index.cjs", "index.js"]);
    for (const entry of Object.keys(names).filter((name) => name !== ".")) {
      expect(readFileSync(here(`../../dist/${entry}.cjs`), "utf8")).toMatch(/require\(["']probekit["']\)/);
    }
  });

  it("holds no comment of the sources but the marks of where a file begins", () => {
    const comments = readFileSync(here("../../dist/index.js"), "utf8").match(/^\s*(?:\/\/(?! src\/\S+\.ts$)|\/\*).*$/gm) ?? [];
    expect(comments).toEqual([]);
  });
});
