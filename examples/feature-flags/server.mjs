// New checks rolled out by feature flags: through OpenFeature, and with simple flags of one's own.
import { createServer } from "node:http";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import { InMemoryProvider, OpenFeature } from "@openfeature/server-sdk";
import { createHealth } from "probekit";
import { openFeatureCheck } from "probekit/checks/open-feature";
import { httpHealth } from "probekit/http";
import { bucketOf, fileFlags } from "./flags.mjs";

const pod = process.env.POD_NAME ?? hostname(); // In Kubernetes a pod's host name is the pod's name.

// OpenFeature: any provider (Unleash, LaunchDarkly, flagd …) in the place of this one.
const variants = { on: true, off: false };
const configuration = (payments) => ({
  "check-payments": { variants, defaultVariant: payments, disabled: false },
  "check-search": {
    variants,
    defaultVariant: "off",
    disabled: false,
    contextEvaluator: ({ targetingKey }) => (bucketOf("check-search", targetingKey) < 10 ? "on" : "off"),
  },
});
const provider = new InMemoryProvider(configuration("on"));
await OpenFeature.setProviderAndWait(provider);
const client = OpenFeature.getClient();
const openFeature = (flag) => () => client.getBooleanValue(flag, true, { targetingKey: pod });

// One's own.
const file = process.env.FLAGS_FILE ?? fileURLToPath(new URL("flags.json", import.meta.url));
const isOn = fileFlags(file, pod);
const own = (flag) => () => isOn(flag);

// The dependencies of this example: search is down, the others answer.
const up = () => true;
const down = () => Promise.reject(new Error("connection refused (ECONNREFUSED)"));

const health = createHealth({ service: "feature-flags-example" });
health.register("flags", openFeatureCheck(client), { critical: false });
health.register("payments", up, { enabled: openFeature("check-payments") });
health.register("search", down, { enabled: openFeature("check-search"), critical: false });
health.register("ledger", up, { enabled: own("check-ledger") });
health.register("mail", up, { enabled: own("check-mail") });
health.register("stock", up, { enabled: own("check-stock") });

// A switch like this belongs into no real service: there the flags' own console is it.
const application = async (request, response) => {
  const [, payments] = /^\/check-payments\/(on|off)$/.exec(request.url) ?? [];
  if (request.method !== "POST" || payments === undefined) return response.end("hello\n");
  await provider.putConfiguration(configuration(payments));
  response.end(`check-payments is ${payments}\n`);
};

const server = createServer(httpHealth(health, { next: application }));
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));

process.once("SIGTERM", async () => {
  await health.close();
  await OpenFeature.close();
  server.close();
});
