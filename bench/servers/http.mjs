// node:http. `limit` writes one constant, `habit` serialises an object; both send our headers.
import { createServer } from "node:http";
import { answerOf, habitHeaders, healthOf, namesOf, path } from "./subject.mjs";

export const variants = {
  ours: async (count) => createServer((await import("probekit/http")).httpHealth(healthOf(count))),
  limit: async (count) => {
    const { headers, bytes } = await answerOf(count);
    return createServer((request, response) => {
      response.writeHead(request.url === path ? 200 : 404, headers);
      response.end(bytes);
    });
  },
  habit: async (count) => {
    const { headers, body } = await answerOf(count);
    const [report, others, type] = [JSON.parse(body), habitHeaders(headers), headers["content-type"]];
    return createServer((request, response) => {
      const text = JSON.stringify(report);
      response.writeHead(request.url === path ? 200 : 404, { "content-type": type, ...others, "content-length": Buffer.byteLength(text) });
      response.end(text);
    });
  },
  // An application beside its probes: what they take from it.
  application: async (count) => {
    const { httpHealth } = await import("probekit/http");
    const next = (_request, response) => {
      response.writeHead(200, { "content-type": "text/plain", "content-length": 2 });
      response.end("ok");
    };
    return createServer(httpHealth(healthOf(count), { next }));
  },
  "@godaddy/terminus": async (count) => {
    const { createTerminus } = await import("@godaddy/terminus");
    const checks = namesOf(count).map(() => async () => true);
    const server = createServer((_request, response) => response.end());
    createTerminus(server, { signals: [], healthChecks: { [path]: async () => ({ checks: await Promise.all(checks.map((check) => check())) }) } });
    return server;
  },
  "@cloudnative/health-connect": async (count) => {
    const { default: cloud } = await import("@cloudnative/health-connect");
    const checker = new cloud.HealthChecker();
    for (const name of namesOf(count)) checker.registerReadinessCheck(new cloud.ReadinessCheck(name, async () => {}));
    return createServer(cloud.ReadinessEndpoint(checker));
  },
  // It serves its own Fastify on a port of its own, and runs no checks: its beacons are flags.
  lightship: async () => {
    const { createLightship } = await import("lightship");
    const lightship = await createLightship({ detectKubernetes: false, port: 0, signals: [] });
    lightship.signalReady();
    return lightship.server;
  },
};
