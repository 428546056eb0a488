import { beforeAll, describe, expect, it } from "vitest";
import { describeReal } from "../support/real/served.js";
import { missing, release, said, type Release } from "./support/run.js";

const value = '"[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*"';
const tags = new RegExp(`<(/?)([a-z]+)(?: [a-zA-Z0-9-]+=${value})*(/?)>`, "g");

/** The tags that are open at the end, and what is not XML. */
const problemsOf = (svg: string): string[] => {
  const open: string[] = [];
  const problems: string[] = [];
  for (const [tag, close, name, self] of svg.matchAll(tags)) {
    if (close === "/" && open.pop() !== name) problems.push(`${tag} closes nothing`);
    if (close === "" && self === "") open.push(name!);
  }
  const rest = svg.replace(tags, "").replace(/&(?:amp|lt|gt|quot);/g, "");
  return [...problems, ...open, ...(rest.match(/[<>&]/g) ?? [])];
};

const numbersOf = (svg: string, pattern: RegExp): number[][] => [...svg.matchAll(pattern)].map((match) => match.slice(1).map(Number));

const touch = ([x1, y1]: number[], [x2, y2]: number[]): boolean => Math.hypot(x1! - x2!, y1! - y2!) < 16;

const overlaps = (circles: readonly number[][]): number[][][] =>
  circles.flatMap((one, at) => circles.slice(at + 1).filter((two) => touch(one, two)).map((two) => [one, two]));

describeReal("the picture of a release", missing, () => {
  let run: Release;

  beforeAll(async () => {
    run = await release("canary", "--rate", "100", "--step-ms", "300", "--bad", "answers-500");
  }, 60_000);

  it("is well-formed SVG as large as it says", () => {
    expect(problemsOf(run.svg)).toEqual([]);
    const [width, height] = numbersOf(run.svg, /viewBox="0 0 (\d+) (\d+)"/g)[0]!;
    const xs = numbersOf(run.svg, / (?:x|cx)="([\d.]+)" (?:y|cy)="([\d.]+)"/g);
    expect(xs.filter(([x, y]) => x! > width! || y! > height!)).toEqual([]);
  });

  it("shows versions, failures and latency, and every event by its number", () => {
    const titles = ["Answers a second, by version", "Failed requests", "Latency", ">1.0.0<", run.why!];
    for (const title of titles) expect(run.svg).toContain(title);
    run.events.forEach(({ at, text }, index) => expect(run.svg).toContain(`>${index + 1}.  ${(at / 1000).toFixed(2)} s  ${text}<`));
  });

  it("lets no two event numbers touch, nor two lines of text", () => {
    expect(overlaps(numbersOf(run.svg, /<circle cx="([\d.]+)" cy="([\d.]+)"/g))).toEqual([]);
    const ys = numbersOf(run.svg, /<text x="70" y="([\d.]+)" text-anchor="start"/g).map(([y]) => y!);
    const lines = ys.toSorted((a, b) => a - b);
    expect(lines.slice(1).filter((y, at) => y - lines[at]! < 12)).toEqual([]);
  });

  it("is drawn as text of equally long rows too", () => {
    const rows = run.output.split("\n").filter((row) => /^(?:failed {3}|1\.0\.0 {4})/.test(row));
    expect(rows.map((row) => row.slice(0, 9).trim()).toSorted()).toEqual(["1.0.0", "failed"]);
    expect(rows.find((row) => row.startsWith("failed"))).toMatch(/^failed {3}·.*[\d#].*·$/);
  });
});

describe("run.mjs", () => {
  it.each(["help", "--help", "-h", "rolling --help"])("tells how it is used with exit code 0 when it is asked: %s", async (words) => {
    const { code, output } = await said(...words.split(" "));
    expect([code, output.startsWith("usage: run.mjs rolling|blue-green|canary|recreate|deploy|crash")]).toEqual([0, true]);
  });

  it.each([
    { words: [], problem: "a strategy is missing" },
    { words: ["big-bang"], problem: 'a strategy is missing; got "big-bang"' },
    { words: ["canary", "--balancer", "nginx"], problem: 'canary runs with haproxy; got "nginx"' },
    { words: ["rolling", "--bad", "often"], problem: '--bad must be one of starts-then-fails, never-starts, answers-500, hangs; got' },
    { words: ["rolling", "--rate", "fast"], problem: '--rate must be an integer of 10 or more; got "fast"' },
    { words: ["rolling", "--quickly"], problem: "Unknown option '--quickly'" },
  ])("refuses $words with exit code 64 and says why", async ({ words, problem }) => {
    const { code, output } = await said(...words);
    expect(code).toBe(64);
    expect(output).toContain(problem);
    expect(output).toContain("usage: run.mjs rolling|blue-green|canary|recreate|deploy|crash");
  });
});
