import { express4Driver, express5Driver } from "./drivers/express.js";
import { fastifyDriver, fastifyHttp2Driver } from "./drivers/fastify.js";
import { fetchDriver, honoDriver } from "./drivers/fetch.js";
import { http2Driver, httpDriver } from "./drivers/http.js";
import { koa2Driver, koa3Driver, koaHttp2Driver } from "./drivers/koa.js";
import { runMatrix } from "./matrix.js";

for (const driver of [express5Driver, express4Driver, fastifyDriver, fastifyHttp2Driver, koa3Driver, koa2Driver, koaHttp2Driver]) {
  runMatrix(driver, { node: true, router: true });
}
for (const driver of [httpDriver, http2Driver]) runMatrix(driver, { node: true, router: false });
for (const driver of [honoDriver, fetchDriver]) runMatrix(driver, { node: false, router: false });
