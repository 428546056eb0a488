import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { prometheusMetrics } from "probekit/prometheus";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { describeReal, isOnPath } from "../support/real/served.js";
import { testHealth } from "../support/scripted.js";

const folder = fileURLToPath(new URL("../../docs/prometheus/", import.meta.url));
const read = (file: string): string => readFileSync(join(folder, file), "utf8");

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

interface Case {
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly datasource: unknown;
  readonly gridPos: Record<"x" | "y" | "w" | "h", number>;
  readonly targets: readonly { readonly expr: string; readonly datasource: unknown }[];
}

const rules = (parse(read("rules.yml")) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read("dashboard.json")) as {
  panels: Panel[];
  templating: { list: { name: string; query: string | { query: string } }[] };
};
const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

/** Every name that a scrape shows, with the labels it has there. */
const exposed = async (): Promise<Map<string, Set<string>>> => {
  const { health } = testHealth();
  health.register("db", () => true);
  const registry = new Registry();
  prometheusMetrics(health, { registry });
  await health.report();
  const found = new Map<string, Set<string>>();
  for (const [, name = "", labels = ""] of (await registry.metrics()).matchAll(/^(\w+)\{(.*)\} /gm)) {
    const known = found.get(name) ?? new Set(["job", "instance"]);
    for (const [, label = ""] of labels.matchAll(/(\w+)="/g)) known.add(label);
    found.set(name, known);
  }
  return found;
};

const selectors = (expr: string): { name: string; labels: string[] }[] =>
  [...expr.matchAll(/(probekit_\w+)(?:\{([^}]*)\})?/g)].map(([, name = "", inside = ""]) => ({
    name,
    labels: [...inside.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = ""]) => label),
  }));

const strangersIn = async (exprs: readonly string[]): Promise<string[]> => {
  const known = await exposed();
  return exprs.flatMap(selectors).flatMap(({ name, labels }) => {
    const has = known.get(name);
    return has === undefined ? [name] : labels.filter((label) => !has.has(label)).map((label) => `${name}{${label}}`);
  });
};

describe("the rules", () => {
  it("ask for nothing but what a scrape shows", async () => {
    expect(await strangersIn(rules.map(({ expr }) => expr))).toEqual([]);
    expect(await strangersIn(['probekit_check_state > 0 and probekit_check_status{state="ok"}'])).toEqual(["probekit_check_state", "probekit_check_status{state}"]);
  });

  it("each have a severity, a summary that names the instance, and a description", () => {
    expect(rules.map(({ alert, labels }) => `${alert} ${labels["severity"]}`)).toEqual([
      "ProbekitUnhealthy critical",
      "ProbekitNotStarted warning",
      "ProbekitDegraded warning",
      "ProbekitCheckFailing warning",
      "ProbekitCheckStale warning",
      "ProbekitRunsAbandoned warning",
      "ProbekitFlapping warning",
    ]);
    const bare = rules.filter(({ annotations }) => !annotations["summary"]?.includes("{{ $labels.instance }}") || !annotations["description"]?.endsWith("."));
    expect(bare).toEqual([]);
  });

  it("are each tested to fire and to keep quiet", () => {
    const cases = (parse(read("rules.test.yml")) as { tests: Case[] }).tests.flatMap((test) => test.alert_rule_test);
    const tested = (fires: boolean): string[] => [...new Set(cases.filter(({ exp_alerts }) => exp_alerts.length > 0 === fires).map(({ alertname }) => alertname))];
    const names = rules.map(({ alert }) => alert).toSorted();
    expect([tested(true).toSorted(), tested(false).toSorted()]).toEqual([names, names]);
  });
});

describe("the dashboard", () => {
  it("asks for nothing but what a scrape shows, in panels and in variables", async () => {
    const variables = dashboard.templating.list.map(({ query }) => (typeof query === "string" ? "" : query.query));
    expect(await strangersIn([...queries, ...variables])).toEqual([]);
    expect(queries).toHaveLength(12);
  });

  it("shows every metric", async () => {
    const shown = new Set([...queries].flatMap(selectors).map(({ name }) => name));
    expect([...(await exposed()).keys()].filter((name) => !shown.has(name))).toEqual([]);
  });

  it("leaves the data source to be chosen, and every panel says what it shows", () => {
    const chosen = { type: "prometheus", uid: "${datasource}" };
    for (const { title, description, datasource, targets } of dashboard.panels) {
      expect([title, datasource, ...targets.map((target) => target.datasource)]).toEqual([title, chosen, ...targets.map(() => chosen)]);
      expect(description).toMatch(/\.$/);
    }
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(["datasource", "job", "instance", "check"]);
  });

  it("lays its panels out without an overlap", () => {
    const taken = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`));
    expect(new Set(taken).size).toBe(taken.length);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });
});

describeReal("promtool", isOnPath("promtool") ? undefined : "promtool", () => {
  const promtool = (...args: readonly string[]) => spawnSync("promtool", args, { cwd: folder, encoding: "utf8" });

  it("finds the rules well formed, and counts them", () => {
    const { status, stdout } = promtool("check", "rules", "rules.yml");
    expect([status, stdout]).toEqual([0, "Checking rules.yml\n  SUCCESS: 7 rules found\n\n"]);
  });

  it("sees every alert fire when it should and at no other time", () => {
    const { status, stdout, stderr } = promtool("test", "rules", "rules.test.yml");
    expect([status, stderr.trim()], stdout).toEqual([0, ""]);
  });

  it("can read every query of the dashboard", () => {
    const file = join(tmpdir(), `probekit-dashboard-${process.pid}.yml`);
    const queried = queries.map((expr) => expr.replaceAll("$__rate_interval", "5m"));
    writeFileSync(file, JSON.stringify({ groups: [{ name: "dashboard", rules: queried.map((expr, index) => ({ record: `query:${index}`, expr })) }] }));
    try {
      expect(execFileSync("promtool", ["check", "rules", file], { encoding: "utf8" })).toContain("SUCCESS: 12 rules found");
    } finally {
      rmSync(file);
    }
  });
});
