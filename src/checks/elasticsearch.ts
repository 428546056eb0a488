import type { Check, CheckVerdict } from "probekit";
import { member } from "./shared/duck.js";
import { kindOfElastic } from "./stores/elastic-failure.js";
import { elasticClientOf, healthRequest, isElastic } from "./stores/elastic-request.js";
import { failureOf } from "./shared/failure.js";
import { optionsOf, textOption } from "./shared/options.js";

/** What `elasticsearchCheck` takes: the application's own client. */
export interface ElasticsearchInstance {
  readonly cluster: { readonly health: (...args: never[]) => unknown };
  readonly child: (...args: never[]) => unknown;
}

/** Options of {@link elasticsearchCheck}; `undefined` always means the default. */
export interface ElasticsearchCheckOptions {
  /**
   * The index, data stream or alias that counts, several with commas between, `*` for any part of a name: in a shared
   * cluster those of others decide nothing then. One that doesn't exist is an error. Not empty. @default the whole cluster
   */
  readonly index?: string | undefined;
}

/**
 * Asks Elasticsearch or OpenSearch for the cluster's health (`GET /_cluster/health`), over the client's own connections.
 *
 * Red, where primary shards are missing, is an error; yellow, where replicas are, warns. `data` holds `clusterStatus`,
 * `nodes`, `activeShardsPercent` and `unassignedShards`, and never the cluster's name. An aborted run destroys its
 * request; there is no retry, and the client is never closed. A cluster that has lost its master says so when the client
 * is Elasticsearch's, and times out with OpenSearch's. Where a host doesn't even accept connections, Elasticsearch's
 * client goes on opening the one of a run that is over for ten seconds (`agent: { connectTimeout }`). Of several nodes the
 * clients ask one after the other: with one that hangs or is gone, `failureThreshold: 2` keeps the service in traffic. The user needs the
 * privilege `monitor` (`cluster:monitor/health`).
 * The answer: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-cluster-health
 * @param client of `@elastic/elasticsearch` (7, 8 or 9) or of `@opensearch-project/opensearch`
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example health.register("search", elasticsearchCheck(client, { index: "orders" }));
 */
export const elasticsearchCheck = (client: ElasticsearchInstance, options?: ElasticsearchCheckOptions): Check => {
  const elastic = elasticClientOf(client);
  const index = indexOption(optionsOf("elasticsearchCheck", options, ["index"]).index);
  const asksForMaster = isElastic(elastic);
  return async ({ signal, timeoutMs = 500 }) => {
    const query = { ...(index !== undefined && { index, timeout: "0s" }), ...(asksForMaster && masterWithin(timeoutMs)) };
    try {
      return verdict(await healthRequest(elastic, query, signal), index === undefined ? wholeCluster : someIndices);
    } catch (error) {
      throw signal.aborted ? error : failureOf(error, kindOfElastic);
    }
  };
};

const indexOption = (index: unknown): string | undefined => (index === undefined ? undefined : textOption("index", index, ""));

/** How long the server waits for a master: so that its word for having none comes before the run's own timeout. */
const masterWithin = (timeoutMs: number): object => ({ master_timeout: `${Math.max(1, Math.floor(timeoutMs * 0.75))}ms` });

/** What was asked about, and what it means when the server's own wait for it timed out. */
interface Asked {
  readonly what: string;
  readonly timedOut: string;
}

const wholeCluster: Asked = { what: "the cluster", timedOut: "the cluster did not tell its health in time" };
const someIndices: Asked = { what: "the index", timedOut: "no such index" };

const verdicts: Readonly<Record<string, Pick<CheckVerdict, "status"> & { readonly why?: string }>> = {
  green: { status: "ok" },
  yellow: { status: "warn", why: "is yellow: replicas are missing" },
  red: { status: "error", why: "is red: primary shards are missing" },
};

// Elasticsearch's client from version 8 on returns the body itself.
const verdict = (answer: unknown, { what, timedOut }: Asked): CheckVerdict => {
  const health = member(answer, "body") ?? answer;
  const said = member(health, "status");
  const clusterStatus = typeof said === "string" ? said.toLowerCase() : "";
  const found = Object.hasOwn(verdicts, clusterStatus) ? verdicts[clusterStatus] : undefined;
  if (found === undefined) return { status: "error", message: "the answer tells no cluster's health" };
  const data = dataOf(health, clusterStatus);
  if (member(health, "timed_out") === true) return { status: "error", message: timedOut, data };
  return { status: found.status, ...(found.why !== undefined && { message: `${what} ${found.why}` }), data };
};

const dataOf = (health: unknown, clusterStatus: string): object => ({
  clusterStatus,
  nodes: member(health, "number_of_nodes"),
  activeShardsPercent: member(health, "active_shards_percent_as_number"),
  unassignedShards: member(health, "unassigned_shards"),
});
