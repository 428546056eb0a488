import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { prometheusMetrics } from "probekit/prometheus";
import { Registry } from "prom-client";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse, stringify } from "yaml";
import { describeReal, isOnPath } from "../support/real/served.js";
import { testHealth } from "../support/scripted.js";
import { dashboardTests } from "./support/dashboard-tests.js";
import { mutants, type Mutant } from "./support/rule-mutants.js";

const folder = fileURLToPath(new URL("../../docs/prometheus/", import.meta.url));
const read = (file: string): string => readFileSync(join(folder, file), "utf8");

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

interface Case {
  readonly input_series: readonly unknown[];
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly datasource: unknown;
  readonly gridPos: Record<"x" | "y" | "w" | "h", number>;
  readonly targets: readonly { readonly expr: string; readonly datasource: unknown }[];
  readonly fieldConfig: { readonly defaults: { readonly mappings?: readonly { readonly options: Record<string, { readonly text: string }> }[] } };
}

const rules = (parse(read("rules.yml")) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read("dashboard.json")) as {
  panels: Panel[];
  templating: { list: { name: string; query: string | { query: string } }[] };
};
const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

type Values = Map<string, Set<string>>;

/** Every name that a scrape shows, with the labels that it has there and their values. */
const exposed = async (): Promise<Map<string, Values>> => {
  const { health } = testHealth();
  health.register("db", () => true, { probes: ["live", "ready", "startup"] });
  health.register("loop", () => true, { probes: ["live"], critical: false, intervalMs: 1000 });
  health.register("cache", () => true);
  health.register("queue", () => true, { probes: [] });
  const registry = new Registry();
  prometheusMetrics(health, { registry });
  await health.report();
  const found = new Map<string, Values>();
  for (const [, name = "", labels = ""] of (await registry.metrics()).matchAll(/^(\w+)\{(.*)\} /gm)) {
    const known = found.get(name) ?? new Map([["job", new Set<string>()], ["instance", new Set<string>()]]);
    for (const [, label = "", value = ""] of labels.matchAll(/(\w+)="([^"]*)"/g)) known.set(label, (known.get(label) ?? new Set()).add(value));
    found.set(name, known);
  }
  return found;
};

interface Matcher {
  readonly label: string;
  readonly isPattern: boolean;
  readonly value: string;
}

const selectors = (expr: string): { name: string; matchers: Matcher[] }[] =>
  [...expr.matchAll(/(probekit_\w+)(?:\{([^}]*)\})?/g)].map(([, name = "", inside = ""]) => ({
    name,
    matchers: [...inside.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(([, label = "", how = "", value = ""]) => ({ label, isPattern: how.endsWith("~"), value })),
  }));

/** What a pattern names: `a|b` and `(a|b)` name two things. */
const named = ({ isPattern, value }: Matcher): string[] => {
  if (!isPattern) return [value];
  const group = /\(([^)]*)\)/.exec(value);
  return group === null ? value.split("|") : (group[1] ?? "").split("|").map((each) => value.replace(group[0], each));
};

const unknownIn = (matcher: Matcher, values: ReadonlySet<string>): string[] =>
  named(matcher).filter((each) => !each.startsWith("$") && ![...values].some((value) => (matcher.isPattern ? new RegExp(`^(?:${each})$`).test(value) : value === each)));

/** What expressions ask for that no scrape has: a metric, a label, or a label's value. */
const strangersIn = async (exprs: readonly string[]): Promise<string[]> => {
  const known = await exposed();
  return exprs.flatMap(selectors).flatMap(({ name, matchers }) => {
    const has = known.get(name);
    if (has === undefined) return [name];
    return matchers.flatMap((matcher) => {
      const values = has.get(matcher.label);
      return values === undefined ? [`${name}{${matcher.label}}`] : unknownIn(matcher, values).map((value) => `${name}{${matcher.label}: ${value}}`);
    });
  });
};

describe("the rules", () => {
  it("ask for nothing but what a scrape shows", async () => {
    expect(await strangersIn(rules.map(({ expr }) => expr))).toEqual([]);
    expect(await strangersIn(['probekit_check_state > 0 and probekit_check_status{state="ok"}'])).toEqual(["probekit_check_state", "probekit_check_status{state}"]);
    expect(await strangersIn(['probekit_check_status{status=~"ok|failed"} or probekit_check_info{background!="no", probes=~".*(alive|ready).*"}'])).toEqual([
      "probekit_check_status{status: failed}", "probekit_check_info{background: no}", "probekit_check_info{probes: .*alive.*}",
    ]);
  });

  it("each have a severity, a summary that names the instance, and a description", () => {
    expect(rules.map(({ alert, labels }) => `${alert} ${labels["severity"]}`)).toEqual([
      "ProbekitUnhealthy critical",
      "ProbekitNotStarted warning",
      "ProbekitDegraded warning",
      "ProbekitCheckFailing warning",
      "ProbekitInformationalCheckFailing warning",
      "ProbekitCheckStale warning",
      "ProbekitCheckNeverRan warning",
      "ProbekitRunsAbandoned warning",
      "ProbekitFlapping warning",
    ]);
    const bare = rules.filter(({ annotations }) => !annotations["summary"]?.includes("{{ $labels.instance }}") || !annotations["description"]?.endsWith("."));
    expect(bare).toEqual([]);
  });

  it("and every metric are named in the page beside them, and nothing else is", async () => {
    const page = read("README.md");
    const rows = (pattern: RegExp): string[] => [...new Set([...page.matchAll(pattern)].map(([, name = ""]) => name))].toSorted();
    expect(rows(/^\| `(Probekit\w+)`/gm)).toEqual(rules.map(({ alert }) => alert).toSorted());
    const metrics = [...(await exposed()).keys()].map((name) => name.replace(/_(?:bucket|sum|count)$/, ""));
    expect(rows(/^\| `(probekit_\w+)`/gm)).toEqual([...new Set(metrics)].toSorted());
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

  it("has a word for every state that a query codes, and codes every state", async () => {
    const known = await exposed();
    const coded = dashboard.panels.filter(({ fieldConfig }) => fieldConfig.defaults.mappings !== undefined);
    expect(coded.map(({ title }) => title)).toEqual(["Life cycle", "Probes", "Checks"]);
    for (const { targets, fieldConfig } of coded) {
      const expr = targets[0]?.expr ?? "";
      const words = Object.entries(fieldConfig.defaults.mappings?.[0]?.options ?? {}).map(([code, { text }]) => [Number(code), text] as const);
      const codes = [...expr.matchAll(/(\d) \* \((probekit_\w+)\{[^}]*(?:status|lifecycle)="(\w+)"\}/g)].map(([, code, , state]) => [Number(code), state]);
      expect(words.filter(([code]) => code > 0)).toEqual(codes);
      const [, metric = "", label = ""] = /(probekit_\w+)\{[^}]*(status|lifecycle)="/.exec(expr) ?? [];
      expect(words.map(([, text]) => text).toSorted()).toEqual([...(known.get(metric)?.get(label) ?? [])].toSorted());
    }
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
    expect([status, stdout]).toEqual([0, "Checking rules.yml\n  SUCCESS: 9 rules found\n\n"]);
  });

  it("sees every alert fire when it should and at no other time", () => {
    const { status, stdout, stderr } = promtool("test", "rules", "rules.test.yml");
    expect([status, stderr.trim()], stdout).toEqual([0, ""]);
  }, 60_000);

  it("can read the alert that the page beside them adds for a target that is gone", () => {
    const file = join(scratch(), "down.yml");
    const [, snippet = ""] = /```yaml\n(- alert:[^`]+)```/.exec(read("README.md")) ?? [];
    writeFileSync(file, stringify({ groups: [{ name: "down", rules: parse(snippet) as unknown }] }));
    expect(promtool("check", "rules", file).stdout).toContain("SUCCESS: 1 rules found");
  });

  const scratch = (): string => {
    const made = mkdtempSync(join(tmpdir(), "probekit-rules-"));
    onTestFinished(() => rmSync(made, { recursive: true }));
    return made;
  };

  it("can read every query of the dashboard", () => {
    const file = join(scratch(), "dashboard.yml");
    const queried = queries.map((expr) => expr.replaceAll("$__rate_interval", "5m"));
    writeFileSync(file, JSON.stringify({ groups: [{ name: "dashboard", rules: queried.map((expr, index) => ({ record: `query:${index}`, expr })) }] }));
    expect(promtool("check", "rules", file).stdout).toContain("SUCCESS: 12 rules found");
  });

  it("gets one state from the dashboard, be there two healths in a process or workers that are summed", () => {
    const file = join(scratch(), "dashboard.test.yml");
    const queryOf = (title: string): string => dashboard.panels.find((panel) => panel.title === title)?.targets[0]?.expr.replaceAll(/\$(?:job|instance|check)\b/g, ".*") ?? "";
    writeFileSync(file, JSON.stringify(dashboardTests(queryOf)));
    const { status, stdout, stderr } = promtool("test", "rules", file);
    expect([status, stderr.trim()], stdout).toEqual([0, ""]);
  }, 60_000);

  const blocks = read("rules.yml").split(/(?=^ {6}- alert: )/m).slice(1);
  const tests = parse(read("rules.test.yml")) as { tests: Case[] };

  /** A rule that is changed, alone, and the tests of it; returns the tests' file. */
  const written = (within: string, [alert, from, to]: Mutant, index: number): string => {
    const block = blocks.find((each) => each.startsWith(`      - alert: Probekit${alert}\n`)) ?? "";
    expect(block, `${alert} has ${from}`).toContain(from);
    writeFileSync(join(within, `rules-${index}.yml`), `groups:\n  - name: probekit\n    rules:\n${block.replace(from, () => to)}`);
    const own = tests.tests.map((each) => ({ ...each, alert_rule_test: each.alert_rule_test.filter(({ alertname }) => alertname === `Probekit${alert}`) }));
    const file = join(within, `test-${index}.yml`);
    writeFileSync(file, stringify({ ...tests, rule_files: [`rules-${index}.yml`], tests: own.filter((each) => each.alert_rule_test.length > 0) }));
    return file;
  };

  it("sees it when any part of a rule is changed", () => {
    const within = scratch();
    const files = mutants.map((mutant, index) => written(within, mutant, index));
    const { stdout, stderr } = spawnSync("promtool", ["test", "rules", ...files], { encoding: "utf8", maxBuffer: 1e9 });
    const unseen = stdout.split("Unit Testing:").filter((told) => told.includes("SUCCESS")).map((told) => mutants[Number(/test-(\d+)\.yml/.exec(told)?.[1])]);
    expect(unseen).toEqual([]);
    expect(stdout.split("Unit Testing:")).toHaveLength(mutants.length + 1);
    expect(stderr).not.toContain("parse error");
  }, 240_000);
});
