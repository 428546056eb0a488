import { readFileSync } from "node:fs";
import { createHandler, createHealth, type HealthResponse } from "probekit";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { settingsOf } from "../../shutdown/settings.js";
import { fakeClock } from "../support/fake-clock.js";

interface KubernetesProbe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

interface Container {
  readonly command: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: KubernetesProbe;
  readonly livenessProbe: KubernetesProbe;
  readonly readinessProbe: KubernetesProbe;
}

interface Pod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly terminationGracePeriodSeconds: number; readonly containers: readonly [Container] };
}

interface Deployment {
  readonly kind: "Deployment";
  readonly spec: { readonly selector: { readonly matchLabels: Readonly<Record<string, string>> }; readonly template: Pod };
}

interface Service {
  readonly kind: "Service";
  readonly spec: {
    readonly selector: Readonly<Record<string, string>>;
    readonly ports: readonly [{ readonly targetPort: string }];
    readonly publishNotReadyAddresses?: boolean;
  };
}

const manifest = readFileSync(new URL("../../examples/kubernetes/deployment.yaml", import.meta.url), "utf8");
const documents = parseAllDocuments(manifest);
const [deployment, service] = documents.map((document) => document.toJS()) as [Deployment, Service];
const pod = deployment.spec.template;
const [container] = pod.spec.containers;

const probes = [
  { probe: "startup", setting: container.startupProbe },
  { probe: "live", setting: container.livenessProbe },
  { probe: "ready", setting: container.readinessProbe },
] as const;

/** When a report of the library's defaults is answered although its check hangs, in milliseconds. */
const answeredAfter = async (path: string): Promise<number> => {
  const clock = fakeClock();
  const health = createHealth({ clock, logger: false });
  health.register("hung", () => new Promise(() => {}), { probes: ["live", "ready", "startup"], timeoutMs: 750 });
  const answer = createHandler(health)({ method: "GET", url: path }) as Promise<HealthResponse>;
  const answered = answer.then(() => clock.now());
  await clock.advance(10_000);
  await health.close();
  return answered;
};

describe("the Kubernetes manifest", () => {
  it("is well-formed: a Deployment and its Service", () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
    expect([deployment.kind, service.kind]).toEqual(["Deployment", "Service"]);
  });

  it.each(probes)("asks $probe where the library serves it by default", async ({ probe, setting }) => {
    expect(setting.httpGet).toEqual({ path: `/health/${probe}`, port: "http" });
    const health = createHealth();
    const response = await createHandler(health)({ method: "GET", url: setting.httpGet.path });
    expect(response?.status).toBe(200);
    expect(JSON.parse(response?.body ?? "")).toMatchObject({ probe });
  });

  it.each(probes)("gives $probe more time than the library's deadline", async ({ setting }) => {
    expect(setting.timeoutSeconds).toBe(1);
    expect(await answeredAfter(setting.httpGet.path)).toBeLessThan(setting.timeoutSeconds * 1000);
    expect(setting.periodSeconds).toBeGreaterThanOrEqual(setting.timeoutSeconds);
  });

  it("lets the service start for a minute: 30 failures, two seconds apart", () => {
    expect([container.startupProbe.failureThreshold, container.startupProbe.periodSeconds]).toEqual([30, 2]);
  });

  it("asks readiness less often than an ok result is reused", () => {
    expect(container.readinessProbe.periodSeconds * 1000).toBeGreaterThan(1000);
  });

  it("gives the shutdown the time it takes at most, and two seconds to spare", () => {
    const { timeoutMs } = settingsOf(undefined);
    expect(pod.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThanOrEqual(timeoutMs + 2000);
  });

  it("starts node itself, so that SIGTERM arrives", () => {
    expect(container.command[0]).toBe("node");
  });

  it("joins Service, pods and port by the same names, and leaves pods out that are not ready", () => {
    expect(pod.metadata.labels).toEqual(deployment.spec.selector.matchLabels);
    expect(service.spec.selector).toEqual(pod.metadata.labels);
    expect(container.ports.map(({ name }) => name)).toContain(service.spec.ports[0].targetPort);
    expect(service.spec.publishNotReadyAddresses).toBeUndefined();
  });
});
