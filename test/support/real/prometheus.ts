import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { folder, freePort, isOnPath, served, type RealServer } from "./served.js";

export const missingPrometheus = isOnPath("prometheus") ? undefined : "prometheus";

/** What Prometheus scrapes and evaluates. */
export interface Scraping {
  /** `host:port` of each target. */
  readonly targets: readonly string[];
  /** A rules file's text. */
  readonly rules: string;
}

/** A value and its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A running Prometheus. */
export interface Prometheus extends RealServer {
  /** What a query says now. */
  query(expr: string): Promise<Sample[]>;
  /** Names of the alerts that fire now, sorted. */
  firing(): Promise<string[]>;
}

interface Vector {
  readonly metric: Record<string, string>;
  readonly value: [number, string];
}

interface Alert {
  readonly state: string;
  readonly labels: Record<string, string>;
}

// JSON is YAML. Five scrapes a second, so that a test need not wait.
const configuration = ({ targets }: Scraping): string =>
  JSON.stringify({
    global: { scrape_interval: "200ms", scrape_timeout: "200ms", evaluation_interval: "200ms" },
    rule_files: ["rules.yml"],
    scrape_configs: [{ job_name: "orders", static_configs: [{ targets }] }],
  });

const isReady = async (base: string): Promise<boolean> => {
  try {
    return (await fetch(`${base}/-/ready`)).ok;
  } catch {
    return false;
  }
};

/** Starts Prometheus with a data folder of its own. */
export const prometheusServer = async (scraping: Scraping): Promise<Prometheus> => {
  const [port, data] = [await freePort(), await folder()];
  const base = `http://127.0.0.1:${port}`;
  await writeFile(join(data, "prometheus.yml"), configuration(scraping));
  await writeFile(join(data, "rules.yml"), scraping.rules);
  const command = ["prometheus", `--config.file=${data}/prometheus.yml`, `--storage.tsdb.path=${data}/data`, `--web.listen-address=127.0.0.1:${port}`];
  const server = served({ port, data, command, isUp: () => isReady(base) });
  await server.start();
  const ask = async <T>(path: string): Promise<T> => ((await (await fetch(`${base}/api/v1/${path}`)).json()) as { data: T }).data;
  return {
    ...server,
    query: async (expr) => {
      const { result } = await ask<{ result: Vector[] }>(`query?query=${encodeURIComponent(expr)}`);
      return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    firing: async () => {
      const { alerts } = await ask<{ alerts: Alert[] }>("alerts");
      return alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels["alertname"] ?? "").toSorted();
    },
  };
};
