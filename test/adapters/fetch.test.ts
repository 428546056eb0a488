import { fetchHealth } from "probekit/fetch";
import { expect, it } from "vitest";
import { scripted, testHealth } from "../support/scripted.js";

const ready = new Request("http://127.0.0.1/health/ready");

it("answers at once when nothing is due", async () => {
  const { health } = testHealth();
  health.register("database", () => true);
  const answer = fetchHealth(health);
  await health.report("ready");
  expect(answer(ready)).toBeInstanceOf(Response);
});

it("answers with a promise when a run is due", async () => {
  const { health } = testHealth();
  const { check, settle } = scripted();
  health.register("database", check);
  const pending = fetchHealth(health)(ready);
  expect(pending).toBeInstanceOf(Promise);
  settle(false);
  expect((await pending)?.status).toBe(503);
});

it("gives undefined for what is not its own", () => {
  const answer = fetchHealth(testHealth().health, { path: "/api/health" });
  expect(answer(ready)).toBeUndefined();
  const headers = { "access-control-request-method": "GET" };
  expect(answer(new Request("http://127.0.0.1/api/health", { method: "OPTIONS", headers }))).toBeUndefined();
});

it("has no body for HEAD, but its length", () => {
  const { health } = testHealth();
  const answer = fetchHealth(health)(new Request("http://127.0.0.1/health/live", { method: "HEAD" }));
  expect(answer).toMatchObject({ status: 200, body: null });
});
