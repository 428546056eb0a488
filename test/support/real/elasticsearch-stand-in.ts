import { fileURLToPath } from "node:url";
import { accepts, folder, freePort, served, type RealServer } from "./served.js";

export const standInPassword = "s3cret";

/** What the stand-in is to answer. */
export interface StandInState {
  /** The HTTP status; any but 200 with an error of Elasticsearch's form. @default 200 */
  readonly status?: number;
  /** What differs from the health of a green cluster. */
  readonly health?: Readonly<Record<string, unknown>>;
}

/** A process that answers `GET /_cluster/health` as Elasticsearch 8 documents it, over plain HTTP: no Elasticsearch. */
export interface ElasticsearchStandIn extends RealServer {
  /** Changes what it answers; returns the queries that were asked since the last time. */
  tell(state: StandInState): Promise<readonly Readonly<Record<string, string>>[]>;
}

const script = fileURLToPath(new URL("elasticsearch-stand-in.mjs", import.meta.url));

/** Its one user has any name and {@link standInPassword}; its one index is "orders". */
export const elasticsearchStandIn = async (): Promise<ElasticsearchStandIn> => {
  const [port, data] = [await freePort(), await folder()];
  const command = [process.execPath, script, String(port), standInPassword];
  const server = served({ port, data, command, isUp: () => accepts(port) });
  await server.start();
  const tell: ElasticsearchStandIn["tell"] = async (state) => {
    const answer = await fetch(`http://127.0.0.1:${port}/_stand-in`, { method: "PUT", body: JSON.stringify(state) });
    return answer.json() as Promise<readonly Readonly<Record<string, string>>[]>;
  };
  return { ...server, tell };
};
