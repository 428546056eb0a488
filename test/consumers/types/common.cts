// The same declarations as a CommonJS module sees them.
import probekit = require("probekit");
import { knexCheck } from "probekit/checks/knex";
import { redisCheck } from "probekit/checks/redis";
import { expressHealth } from "probekit/express";
import { fastifyHealth } from "probekit/fastify";
import { fetchHealth } from "probekit/fetch";
import { httpHealth } from "probekit/http";
import { nextHealth } from "probekit/next";

const health: probekit.Health = probekit.createHealth();
health.register("node", () => true);
export = { expressHealth: expressHealth(health), fetch: fetchHealth(health), http: httpHealth(health), next: nextHealth(health), knexCheck, redisCheck, fastifyHealth };
