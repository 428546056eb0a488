// Stands in for Elasticsearch, as far as GET /_cluster/health goes; run by elasticsearch-stand-in.ts.
// The answers: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-cluster-health
import { createServer } from "node:http";

const [port, password] = process.argv.slice(2);

const green = {
  cluster_name: "orders-search",
  status: "green",
  timed_out: false,
  number_of_nodes: 3,
  number_of_data_nodes: 3,
  active_primary_shards: 5,
  active_shards: 10,
  relocating_shards: 0,
  initializing_shards: 0,
  unassigned_shards: 0,
  delayed_unassigned_shards: 0,
  number_of_pending_tasks: 0,
  number_of_in_flight_fetch: 0,
  task_max_waiting_in_queue_millis: 0,
  active_shards_percent_as_number: 100,
};

const kinds = { 401: "security_exception", 404: "resource_not_found_exception", 503: "master_not_discovered_exception" };

let [status, changes, asked] = [200, {}, []];

const failure = (code, reason) => {
  const error = { type: kinds[code] ?? "exception", reason };
  return [code, { error: { root_cause: [error], ...error }, status: code }];
};

/** What is asked for: the cluster's health, or that of the index "orders", the only one. */
const answerTo = ({ method, url, headers }) => {
  const { pathname, searchParams } = new URL(url, "http://stand-in");
  const [, user, secret] = /^(.*?):(.*)$/s.exec(Buffer.from(headers.authorization?.replace(/^Basic /, "") ?? "", "base64").toString()) ?? [];
  if (secret !== password) return failure(401, `unable to authenticate user [${user}] for REST request [${url}]`);
  const [root, health, index, ...rest] = pathname.slice(1).split("/");
  if (method !== "GET" || root !== "_cluster" || health !== "health" || rest.length > 0) return failure(404, "no handler found");
  asked.push({ index, ...Object.fromEntries(searchParams) });
  if (status !== 200) return failure(status, "as the test said");
  const isMissing = index !== undefined && index !== "orders";
  return [200, { ...green, ...changes, ...(isMissing && { status: "red", timed_out: true }) }];
};

/** PUT /_stand-in { status, health }: what to answer from now on. It answers with the queries so far, and forgets them. */
const tell = (request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk));
  request.on("end", () => {
    ({ status = 200, health: changes = {} } = JSON.parse(body));
    response.end(JSON.stringify(asked.splice(0)));
  });
};

const serve = (request, response) => {
  if (request.url === "/_stand-in") return tell(request, response);
  const [code, body] = answerTo(request);
  const headers = { "X-Elastic-Product": "Elasticsearch", "Content-Type": "application/json" };
  response.writeHead(code, code === 401 ? { ...headers, "WWW-Authenticate": 'Basic realm="security"' } : headers);
  response.end(JSON.stringify(body));
};

createServer({ keepAliveTimeout: 60_000 }, serve).listen(Number(port), "127.0.0.1");
