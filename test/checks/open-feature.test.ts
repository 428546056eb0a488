import { InMemoryProvider, OpenFeature, OpenFeatureEventEmitter, ProviderEvents, ProviderFatalError, type Provider } from "@openfeature/server-sdk";
import { createHealth } from "probekit";
import { openFeatureCheck } from "probekit/checks/open-feature";
import { runCheck } from "probekit/testing";
import { afterAll, describe, expect, it, vi } from "vitest";
import { thrown } from "./support/thrown.js";

afterAll(() => OpenFeature.close());

/** A provider whose start the test settles and whose events it emits. */
const scripted = (initialize: () => Promise<void>) => {
  const events = new OpenFeatureEventEmitter();
  const provider: Provider = Object.assign(new InMemoryProvider(), { metadata: { name: "scripted" }, initialize, events });
  return { events, provider };
};

const quiet = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };
OpenFeature.setLogger(quiet);

describe("openFeatureCheck", () => {
  it("follows the provider from its start to its end", async () => {
    let start = (): void => {};
    const { provider, events } = scripted(() => new Promise((resolve) => {
      start = resolve;
    }));
    const client = OpenFeature.getClient("orders");
    const check = openFeatureCheck(client);
    const data = (providerStatus: string) => ({ providerStatus, provider: "scripted" });
    const ready = OpenFeature.setProviderAndWait("orders", provider);
    expect(await runCheck(check)).toMatchObject({ status: "error", message: "the provider is not ready (NOT_READY)", data: data("NOT_READY") });
    start();
    await ready;
    expect(await runCheck(check)).toMatchObject({ status: "ok", data: data("READY") });
    events.emit(ProviderEvents.Stale);
    await vi.waitFor(() => expect(client.providerStatus).toBe("STALE"));
    expect(await runCheck(check)).toMatchObject({ status: "warn", message: "the provider's flags may be out of date (STALE)" });
    events.emit(ProviderEvents.Error);
    await vi.waitFor(() => expect(client.providerStatus).toBe("ERROR"));
    expect(await runCheck(check)).toMatchObject({ status: "error", message: "the provider failed (ERROR)" });
    events.emit(ProviderEvents.Ready);
    await vi.waitFor(() => expect(client.providerStatus).toBe("READY"));
    expect(await runCheck(check)).toMatchObject({ status: "ok" });
  });

  it("tells a provider that failed for good", async () => {
    const { provider } = scripted(() => Promise.reject(new ProviderFatalError("no such key")));
    await OpenFeature.setProviderAndWait("fatal", provider).catch(() => {});
    expect(await runCheck(openFeatureCheck(OpenFeature.getClient("fatal")))).toMatchObject({ status: "error", message: "the provider failed for good (FATAL)" });
  });

  it("is not ready without a provider", async () => {
    expect(await runCheck(openFeatureCheck(OpenFeature.getClient("nobody")))).toMatchObject({ status: "error", data: { providerStatus: "NOT_READY" } });
  });

  it("warns while the web SDK brings flags up to date, and fails in a state that it does not know", async () => {
    const client = { providerStatus: "RECONCILING", getBooleanValue: () => true };
    const check = openFeatureCheck(client);
    expect(await runCheck(check)).toMatchObject({ status: "warn", message: "the provider's flags are being brought up to date (RECONCILING)" });
    for (const unknown of ["LOST", "constructor"]) {
      client.providerStatus = unknown;
      expect(await runCheck(check)).toMatchObject({ status: "error", reason: "failed", message: "the provider is in a state that OpenFeature doesn't know" });
    }
  });

  it("refuses anything else", () => {
    const wanted = "openFeatureCheck takes a client of OpenFeature's SDK, which has a providerStatus; got ";
    const wrong: [unknown, string][] = [
      [undefined, "undefined"],
      [OpenFeature, "the API itself; call its getClient()"],
      [new InMemoryProvider(), "an object made by InMemoryProvider"],
      [{ getBooleanValue: () => true }, "an older one, which has none"],
      ["READY", "a string"],
      [Promise.resolve(), "a promise; await it first"],
    ];
    for (const [client, got] of wrong) expect(thrown(() => openFeatureCheck(client as never))).toEqual({ code: "invalid-client", message: wanted + got });
    expect(thrown(() => openFeatureCheck(OpenFeature.getClient(), { flag: "x" } as never)).code).toBe("unknown-option");
  });
});

describe("a flag that enables a check", () => {
  it("is asked at each run, and a flag that is not known leaves the check enabled", async () => {
    const provider = new InMemoryProvider({ "check-orders": { variants: { on: true, off: false }, defaultVariant: "off", disabled: false } });
    await OpenFeature.setProviderAndWait("flags", provider);
    const client = OpenFeature.getClient("flags");
    const health = createHealth({ logger: false });
    health.register("orders", () => false, { enabled: () => client.getBooleanValue("check-orders", true), cacheMs: 0, errorCacheMs: 0 });
    health.register("other", () => true, { enabled: () => client.getBooleanValue("check-other", true) });
    expect(await health.report("ready")).toMatchObject({ status: "healthy", checks: { orders: { status: "skipped", reason: "disabled" }, other: { status: "ok" } } });
    await provider.putConfiguration({ "check-orders": { variants: { on: true, off: false }, defaultVariant: "on", disabled: false } });
    await vi.waitFor(async () => expect(await health.report("ready")).toMatchObject({ status: "unhealthy", causes: ["orders"] }));
    await health.close();
  });
});
