// Express 5, and Nest on it.
import { createServer } from "node:http";
import { answerOf, habitHeaders, healthOf, namesOf, path } from "./subject.mjs";

const application = async () => (await import("express")).default();

export const variants = {
  ours: async (count) => createServer((await application()).use((await import("probekit/express")).expressHealth(healthOf(count)))),
  limit: async (count) => {
    const { headers, bytes } = await answerOf(count);
    const app = await application();
    return createServer(app.get(path, (_request, response) => void response.writeHead(200, headers).end(bytes)));
  },
  habit: async (count) => {
    const { headers, body } = await answerOf(count);
    const [report, others, app] = [JSON.parse(body), habitHeaders(headers), await application()];
    return createServer(app.get(path, (_request, response) => void response.set(others).json(report)));
  },
  "@cloudnative/health-connect": async (count) => {
    const { default: cloud } = await import("@cloudnative/health-connect");
    const checker = new cloud.HealthChecker();
    for (const name of namesOf(count)) checker.registerReadinessCheck(new cloud.ReadinessCheck(name, async () => {}));
    return createServer((await application()).use(path, cloud.ReadinessEndpoint(checker)));
  },
  // It runs no checks of one's own: its health endpoint says UP.
  "express-actuator": async () => {
    const { default: actuator } = await import("express-actuator");
    const app = await application();
    app.use(actuator({ basePath: "/actuator" }));
    return createServer((request, response) => {
      request.url = "/actuator/health";
      app(request, response);
    });
  },
  "@nestjs/terminus": async (count) => (await import("./nest.mjs")).nestServer(namesOf(count), path),
};
