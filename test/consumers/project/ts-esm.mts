import type { AddressInfo } from "node:net";
import express from "express";
import { createHealth, type Check, type Health } from "probekit";
import { expressHealth } from "probekit/express";

const database: Check = async ({ signal }) => !signal.aborted;
const health: Health = createHealth({ service: "ts-esm" });
health.register("database", database, { timeoutMs: 100 });

const app = express();
app.use(expressHealth(health, { details: (request) => (request.ip === "127.0.0.1" ? "full" : "none") }));
app.get("/", (_request, response) => void response.send("hello"));
const server = app.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
