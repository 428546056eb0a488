import { described, hasMethods, member, refuseClient } from "../shared/duck.js";
import { quietly, underSignal } from "../shared/under-signal.js";

/** A client of either library as the check sees it. */
export interface ElasticClient {
  readonly cluster: { health(query: object, options: object): PromiseLike<unknown> };
}

const wanted = "a client of @elastic/elasticsearch (7, 8 or 9) or of @opensearch-project/opensearch";

const refuse = (got: string): never => refuseClient("elasticsearchCheck", wanted, got);

/** A client by its shape. @throws HealthError `invalid-client` for anything else */
export const elasticClientOf = (client: unknown): ElasticClient => {
  if (typeof client === "function") return refuse(described(client));
  if (hasMethods(client, ["Client"])) return refuse("the package itself");
  if (!hasMethods(member(client, "cluster"), ["health"])) return refuse(described(client));
  return hasMethods(client, ["child"]) ? (client as ElasticClient) : refuse("a client of the old elasticsearch package, or of none");
};

/** Whether a client is Elasticsearch's: only that one knows licenses. */
export const isElastic = (client: ElasticClient): boolean => member(client, "license") !== undefined;

/**
 * Asks for the cluster's health once. When the signal aborts, the request is destroyed: version 8 and later take a signal,
 * version 7 and OpenSearch return something to abort. The signal is one of the request's own, because Elasticsearch's
 * client dispatches "abort" on it itself.
 */
export const healthRequest = async (client: ElasticClient, query: object, signal: AbortSignal): Promise<unknown> => {
  signal.throwIfAborted();
  const controller = new AbortController();
  const request = client.cluster.health(query, { maxRetries: 0, ignore: [408], signal: controller.signal });
  const onAbort = (): void => {
    controller.abort();
    quietly(() => (request as { abort?: () => unknown }).abort?.());
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await underSignal(signal, request);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
};
