const express = require("express");
const { createHealth } = require("probekit");
const { expressHealth } = require("probekit/express");

const health = createHealth({ service: "js-cjs" });
health.register("database", async () => true);

const app = express();
app.use("/health", expressHealth(health));
app.get("/", (_request, response) => response.send("hello"));
const server = app.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
