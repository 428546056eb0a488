// Apart, because @types/koa itself compiles with skipLibCheck alone.
import Koa from "koa";
import { createHealth } from "probekit";
import { koaHealth } from "probekit/koa";

export const middleware = koaHealth(createHealth(), { details: (context) => (context.ip === "::1" ? "full" : "none") });
new Koa().use(middleware);
