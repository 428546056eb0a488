import { readFileSync } from "node:fs";
import { createHandler, createHealth } from "probekit";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";

type Labels = Readonly<Record<string, string>>;

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly timeoutSeconds: number;
}

interface Container {
  readonly command: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: unknown }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

interface Route {
  readonly weight: number;
  readonly destination: { readonly host: string; readonly subset: string };
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly replicas: number;
    readonly strategy: { readonly type: string; readonly rollingUpdate?: unknown };
    readonly minReadySeconds?: number;
    readonly progressDeadlineSeconds?: number;
    readonly selector: Labels & { readonly matchLabels: Labels };
    readonly template: {
      readonly metadata: { readonly labels: Labels };
      readonly spec: { readonly terminationGracePeriodSeconds: number; readonly containers: readonly [Container] };
    };
    readonly ports: readonly [{ readonly targetPort: string }];
    readonly host: string;
    readonly subsets: readonly { readonly name: string; readonly labels: Labels }[];
    readonly http: readonly [{ readonly route: readonly Route[] }];
  };
}

/** The library's own limit of a shutdown, in milliseconds. */
const timeoutMs = 25_000;

const folder = new URL("../../examples/releases/kubernetes/", import.meta.url);

const textOf = (name: string): string => readFileSync(new URL(`${name}.yaml`, folder), "utf8");

const read = (name: string): Manifest[] => {
  const documents = parseAllDocuments(textOf(name));
  expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  return documents.map((document) => document.toJS() as Manifest);
};

/** What is applied for a strategy, of one file or more. */
const readAll = (strategy: string): Manifest[] => [strategy, ...(strategy === "blue-green" ? ["blue-green-service"] : [])].flatMap(read);

const of = (kind: string, manifests: readonly Manifest[]): Manifest[] => manifests.filter((each) => each.kind === kind);

const fits = (selector: Labels, labels: Labels): boolean => Object.entries(selector).every(([key, value]) => labels[key] === value);

const labelled = (labels: Labels, manifests: readonly Manifest[]): string[] =>
  of("Deployment", manifests)
    .filter(({ spec }) => fits(labels, spec.template.metadata.labels))
    .map(({ metadata }) => metadata.name);

const services = (manifests: readonly Manifest[]): Record<string, string[]> =>
  Object.fromEntries(of("Service", manifests).map((each) => [each.metadata.name, labelled(each.spec.selector, manifests)]));

const setting = ({ env }: Container, wanted: string): unknown => env.find(({ name }) => name === wanted)?.value;

const drainDelayMs = ({ spec }: Manifest): number => Number(setting(spec.template.spec.containers[0], "DRAIN_DELAY_MS"));

describe.each(["rolling", "recreate", "blue-green", "canary"])("the manifest of %s", (name) => {
  const deployments = of("Deployment", read(name));

  it("asks each probe where the service answers it", async () => {
    for (const { spec } of deployments) {
      const [{ startupProbe, livenessProbe, readinessProbe, ports }] = spec.template.spec.containers;
      for (const { httpGet, timeoutSeconds } of [startupProbe, livenessProbe, readinessProbe]) {
        const answer = await createHandler(createHealth({ logger: false }))({ method: "GET", url: httpGet.path });
        expect([answer?.status, timeoutSeconds]).toEqual([200, 1]);
        expect(ports.map((port) => port.name)).toContain(httpGet.port);
      }
      const paths = [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path);
      expect(paths).toEqual(["/health/startup", "/health/live", "/health/ready"]);
    }
  });

  it("leaves the library's whole shutdown time before SIGKILL, and starts node itself", () => {
    for (const { spec } of deployments) {
      expect(spec.template.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(timeoutMs);
      expect(spec.template.spec.containers[0].command).toEqual(["node", "app.mjs"]);
    }
  });

  it("gives values of the environment as text, listens on every address, and on the port that it names", () => {
    const [container] = deployments[0]!.spec.template.spec.containers;
    expect(container.env.filter(({ value }) => typeof value !== "string")).toEqual([]);
    expect(setting(container, "HOST")).toBe("0.0.0.0");
    expect(setting(container, "PORT")).toBe(String(container.ports[0]?.containerPort));
  });

  it("selects its own pods, and its Services point to a port of theirs", () => {
    for (const { spec } of deployments) expect(spec.selector.matchLabels).toEqual(spec.template.metadata.labels);
    for (const { spec } of of("Service", readAll(name))) expect(spec.ports[0].targetPort).toBe("http");
  });
});

describe("the manifests of releases", () => {
  it("roll one pod at a time, the new one first, and drain longer than endpoints take", () => {
    const [deployment] = read("rolling") as [Manifest];
    expect(deployment.spec.strategy).toEqual({ type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
    expect(deployment.spec.minReadySeconds).toBeGreaterThan(0);
    expect(deployment.spec.progressDeadlineSeconds).toBeGreaterThan(deployment.spec.minReadySeconds!);
    expect(drainDelayMs(deployment)).toBe(5000);
    expect(services(read("rolling"))).toEqual({ orders: ["orders"] });
  });

  it("recreate without a drain that nobody needs", () => {
    const [deployment] = read("recreate") as [Manifest];
    expect(deployment.spec.strategy).toEqual({ type: "Recreate" });
    expect(drainDelayMs(deployment)).toBe(0);
  });

  it("serve from blue alone until the Service is patched, and show green on the preview", () => {
    expect(services(readAll("blue-green"))).toEqual({ orders: ["orders-blue"], "orders-preview": ["orders-green"] });
  });

  it("apply no Service with a release of blue-green: it would send everybody to blue again", () => {
    expect(read("blue-green").map(({ kind }) => kind)).toEqual(["Deployment", "Deployment"]);
  });

  it("give the canary a twentieth, by pods as well as by Istio's weights", () => {
    const pods = read("canary");
    expect(services(pods)).toEqual({ orders: ["orders", "orders-canary"] });
    expect(of("Deployment", pods).map(({ spec }) => spec.replicas)).toEqual([19, 1]);
    const [routes, rule] = read("canary-istio") as [Manifest, Manifest];
    const { route } = routes.spec.http[0];
    const shares = route.map(({ weight, destination }) => `${destination.host} ${destination.subset} ${weight}`);
    expect(shares).toEqual(["orders stable 95", "orders canary 5"]);
    const subsets = rule.spec.subsets.map(({ name, labels }) => [name, labelled(labels, pods)]);
    expect([rule.spec.host, subsets]).toEqual(["orders", [["stable", ["orders"]], ["canary", ["orders-canary"]]]]);
  });

  it("label the canary's pods with the version that the query on Istio's metrics asks for", () => {
    const [, version] = /destination_version="([^"]+)"/.exec(textOf("canary-istio")) ?? [];
    expect(labelled({ version: version! }, read("canary"))).toEqual(["orders-canary"]);
  });

  it("give the canary pods before each weight, and stable its pods before the canary loses them", () => {
    const steps = textOf("canary-istio").match(/pods \d+ && canary \d+/g);
    expect(steps).toEqual(["pods 5 && canary 25", "pods 10 && canary 50", "pods 20 && canary 100"]);
    const scaled = textOf("canary").match(/deployment\/orders\S* --replicas=\d+/g);
    expect(scaled?.slice(-2)).toEqual(["deployment/orders --replicas=19", "deployment/orders-canary --replicas=0"]);
  });
});
