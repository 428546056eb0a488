import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { createHandler, type Details } from "probekit";
import { expect, it } from "vitest";
import { hung, testHealth } from "../support/scripted.js";

const schema = JSON.parse(readFileSync(new URL("../../docs/report.schema.json", import.meta.url), "utf8")) as object;
const validate = new Ajv2020({ allErrors: true }).compile(schema);

it.each<Details>(["none", "summary", "full"])("a hundred answers at %s, passing and failing, are what the published schema says", async (details) => {
  const { health, clock } = testHealth({ service: "orders", version: "2.1.0" });
  const outcomes = [true, false, { status: "warn", data: { a: [1] } }, 42, { status: "error", message: "no", data: 1n }] as const;
  let run = 0;
  health.register("db", () => outcomes[run++ % outcomes.length] as never, { failureThreshold: 2 });
  health.register("off", () => true, { enabled: false });
  health.register("hung", hung().check, { critical: false, probes: ["ready", "live"] });
  health.register("later", hung().check, { intervalMs: 1000, probes: [] });
  const handle = createHandler(health, { details });
  const seen = new Set<string>();
  for (let round = 0; round < 100; round++) {
    const answer = handle({ url: ["/health", "/health/ready", "/health/live", "/health/ready/db", "/health/ready?exclude=db"][round % 5]!, headers: {} });
    await clock.advance(750);
    const body: unknown = JSON.parse((await answer)!.body);
    if (details === "none" && round % 5 === 3) continue;
    expect([validate(body), validate.errors]).toEqual([true, null]);
    seen.add((body as { status: string }).status);
    if (round === 70) health.drain();
  }
  expect(seen.size).toBeGreaterThan(1);
  await health.close();
});
