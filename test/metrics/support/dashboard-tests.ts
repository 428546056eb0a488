/** A series and its value. */
interface Sample {
  readonly labels: string;
  readonly value: number;
}

const at = 'instance="a:3000", job="orders"';

const seriesOf = (metric: string, label: string, states: Readonly<Record<string, number>>, more = ""): { series: string; values: string }[] =>
  Object.entries(states).map(([state, value]) => ({ series: `probekit_${metric}{${at}${more}, ${label}="${state}"}`, values: String(value) }));

const lifecycle = (states: Readonly<Record<string, number>>, more?: string) =>
  seriesOf("lifecycle", "lifecycle", { starting: 0, running: 0, draining: 0, closed: 0, ...states }, more);

const probe = (name: string, states: Readonly<Record<string, number>>, more = "") =>
  seriesOf("probe_status", "status", { healthy: 0, degraded: 0, unhealthy: 0, ...states }, `${more}, probe="${name}"`);

const check = (name: string, states: Readonly<Record<string, number>>, more = "") =>
  seriesOf("check_status", "status", { ok: 0, warn: 0, error: 0, pending: 0, skipped: 0, ...states }, `, check="${name}"${more}`);

/** For promtool: what the panels of states draw of one process, of two healths in one, and of workers that are summed. */
export const dashboardTests = (queryOf: (title: string) => string) => {
  const test = (input: { series: string; values: string }[], expected: Readonly<Record<string, readonly Sample[]>>) => ({
    interval: "1m",
    input_series: input,
    promql_expr_test: Object.entries(expected).map(([title, samples]) => ({
      expr: queryOf(title),
      eval_time: "0m",
      exp_samples: samples.map(({ labels, value }) => ({ labels: `{${labels}}`, value })),
    })),
  });
  const [a, b] = [', health="a"', ', health="b"'];
  const everyCheck = ["ok", "skipped", "pending", "warn", "error"].map((state, value) => ({ state, value }));
  return {
    rule_files: [],
    evaluation_interval: "1m",
    tests: [
      ...["starting", "running", "draining", "closed"].map((state, value) => test(lifecycle({ [state]: 1 }), { "Life cycle": [{ labels: at, value }] })),
      ...["healthy", "degraded", "unhealthy"].map((state, value) => test(probe("ready", { [state]: 1 }), { Probes: [{ labels: `${at}, probe="ready"`, value }] })),
      test(everyCheck.flatMap(({ state }) => check(state, { [state]: 1 })), { Checks: everyCheck.map(({ state, value }) => ({ labels: `${at}, check="${state}"`, value })) }),
      test(
        [
          ...[lifecycle({ running: 1 }, a), lifecycle({ draining: 1 }, b), probe("ready", { degraded: 1 }, a), probe("ready", { unhealthy: 1 }, b)].flat(),
          ...[check("db", { error: 1 }, a), check("db", { error: 1 }, b)].flat(),
        ],
        {
          "Life cycle": [{ labels: `${at}${a}`, value: 1 }, { labels: `${at}${b}`, value: 2 }],
          Probes: [{ labels: `${at}${a}, probe="ready"`, value: 1 }, { labels: `${at}${b}, probe="ready"`, value: 2 }],
          Checks: [{ labels: `${at}, check="db"${a}`, value: 4 }, { labels: `${at}, check="db"${b}`, value: 4 }],
          "Instances not ready": [{ labels: "", value: 1 }],
        },
      ),
      test(
        [...lifecycle({ running: 3, draining: 1 }), ...probe("ready", { healthy: 2, degraded: 2 }), ...probe("live", { healthy: 4 }), ...check("db", { ok: 1, warn: 2, skipped: 1 })],
        {
          "Life cycle": [{ labels: at, value: 2 }],
          Probes: [{ labels: `${at}, probe="live"`, value: 0 }, { labels: `${at}, probe="ready"`, value: 1 }],
          Checks: [{ labels: `${at}, check="db"`, value: 3 }],
          "Instances not ready": [{ labels: "", value: 0 }],
        },
      ),
    ],
  };
};
