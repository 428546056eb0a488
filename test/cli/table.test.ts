import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { Timed } from "../../cli/ask.js";
import { sparkline, type Sample } from "../../cli/sparkline.js";
import { tableOf } from "../../cli/table.js";
import { targetOf } from "../../cli/target.js";
import { take, type Watched } from "../../cli/watched.js";

const outcome = (status: Timed["status"], latencyMs: number, why: Partial<Timed> = {}): Timed => ({
  status,
  passes: status === "healthy",
  latencyMs,
  causes: [],
  ...why,
});

const watched = (url: string, ...outcomes: readonly Timed[]): Watched => {
  const one: Watched = { target: targetOf(url), samples: [] };
  for (const [index, each] of outcomes.entries()) take(one, each, index * 1000);
  return one;
};

const draw = (all: readonly Watched[], { columns = 80, rows = 24, now = 5000, hasColours = false } = {}): string[] =>
  tableOf(all, { columns, rows, now, hasColours });

describe("the table", () => {
  it("has a line for each URL, and below it why it is no better", () => {
    const redis = { causes: [{ name: "redis", reason: "timeout" }] };
    const all = [
      watched("http://a:3000/ready", outcome("healthy", 1), outcome("healthy", 8)),
      watched("http://b:3000/ready", outcome("healthy", 4), outcome("unhealthy", 2.6, redis)),
      watched("http://c:3000/ready"),
    ];
    expect(draw(all)).toEqual([
      "STATUS       URL                   LATENCY  LATENCIES                    CHANGED",
      "healthy      http://a:3000/ready      8 ms                           ▂█         ",
      "unhealthy    http://b:3000/ready      3 ms                           █▆   4s ago",
      "  redis timeout",
      "             http://c:3000/ready                                                ",
    ]);
  });

  it("counts nothing as a change that differs in its message and latency alone", () => {
    const one = watched(
      "http://a/",
      outcome("unhealthy", 1, { causes: [{ name: "db", reason: "failed", message: "1" }] }),
      outcome("unhealthy", 2, { causes: [{ name: "db", reason: "failed", message: "2" }] }),
    );
    expect([one.changedAt, take(one, outcome("unhealthy", 1, { causes: [{ name: "db", reason: "timeout" }] }), 7)]).toEqual([
      undefined,
      true,
    ]);
  });

  it.each([20, 40, 60, 80, 120, 300])("is nowhere wider than %i columns, or what its fixed columns need", (columns) => {
    const all = [watched(`http://${"long".repeat(30)}/health/ready`, outcome("timeout", 2000, { message: "x".repeat(500) }))];
    for (const line of draw(all, { columns })) expect(line.length).toBeLessThanOrEqual(Math.max(columns, 60));
  });

  it("keeps both ends of a URL that has no room", () => {
    expect(draw([watched("http://orders.production.example:3000/health/ready")])[1]).toMatch(/^ {13}http:\/\/\S+…\S+\/ready /);
  });

  it("is no longer than the window, and says how much is left out", () => {
    const all = Array.from({ length: 30 }, (_, index) => watched(`http://a${index}/`));
    const lines = draw(all, { rows: 10 });
    expect([lines.length, lines.at(-1)]).toEqual([10, "… 22 lines more"]);
    expect(draw(all, { rows: 0 })).toHaveLength(1);
  });

  it("has the same text in colours", () => {
    const all = [watched("http://a/", outcome("degraded", 3, { message: "slow" }), outcome("timeout", 9, { message: "late" }))];
    const coloured = draw(all, { hasColours: true });
    expect(coloured.map(stripVTControlCharacters)).toEqual(draw(all));
    expect(coloured[1]).toContain("\u001B[31mtimeout");
  });
});

describe("the sparkline", () => {
  const sample = (latencyMs: number, status: Sample["status"] = "healthy"): Sample => ({ latencyMs, status, passes: true });

  it("goes from 0 to the highest, the newest to the right", () => {
    expect(
      sparkline(
        [0, 1, 2, 3, 4, 5, 6, 7, 8].map((ms) => sample(ms)),
        9,
      ),
    ).toBe("▁▂▃▄▅▆▇██");
    expect(sparkline([sample(10), sample(20), sample(20)], 2)).toBe("██");
  });

  it("marks what had no answer, which takes no part in the scale", () => {
    expect(sparkline([sample(4), sample(2000, "timeout"), sample(9, "unreachable"), sample(8)], 5)).toBe(" ▅××█");
  });

  it("is empty without samples", () => expect([sparkline([], 3), sparkline([], 0), sparkline([sample(1)], 0)]).toEqual(["   ", "", ""]));

  it("does not let answers of less than a millisecond look slow", () => expect(sparkline([sample(0.1), sample(0.2)], 2)).toBe("▁▂"));
});
