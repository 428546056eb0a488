import type { AddressInfo } from "node:net";
import express = require("express");
import { createHealth, isHealthError, type MountOptions } from "probekit";
import { expressHealth } from "probekit/express";

const health = createHealth({ service: "ts-cjs" });
health.register("database", async () => ({ status: "ok", data: { rows: 1 } }));

const options: MountOptions<express.Request> = { details: (request) => (request.get("x-internal") ? "full" : "summary") };
const app = express();
app.use(expressHealth(health, options));
app.get("/", (_request, response) => void response.send("hello"));
const server = app.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
server.on("error", (error) => console.error(isHealthError(error) ? error.code : error));
