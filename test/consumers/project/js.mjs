import express from "express";
import { createHealth } from "probekit";
import { expressHealth } from "probekit/express";

const health = createHealth({ service: "js-esm" });
health.register("database", async () => true);

const app = express();
app.use(expressHealth(health));
app.get("/", (_request, response) => response.send("hello"));
const server = app.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
