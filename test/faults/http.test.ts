import { httpCheck } from "probekit/checks/http";
import { afterAll, beforeAll, it } from "vitest";
import { httpServer, httpsServer, missingHttps, privateUser, type HttpsServer } from "../support/real/https.js";
import { describeReal, type RealServer } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow, type Connection } from "./support/matrix.js";
import { assertNoPile } from "./support/pile.js";
import { proxyTo } from "./support/proxy.js";

const without = { exhausted: "each run opens a connection of its own" };

const urlOf = (scheme: string, { port, wrongPassword }: Connection): string =>
  `${scheme}://${privateUser.name}:${wrongPassword ? "wrong" : privateUser.password}@127.0.0.1:${port}/private`;

const expectedBody = "all is well";

faultRow({
  name: "httpCheck, http:",
  against: "node:http",
  server: httpServer,
  connect: (connection) => ({ check: httpCheck(urlOf("http", connection), { expectedBody }), close: () => {} }),
  without,
});

let secure: HttpsServer;

faultRow({
  name: "httpCheck, https:",
  against: "node:https, a CA of its own",
  missing: missingHttps,
  server: async () => {
    secure = await httpsServer();
    return secure;
  },
  connect: (connection) => ({
    check: httpCheck(urlOf("https", connection), { expectedBody, tls: { ca: secure.authority.cert } }),
    close: () => {},
  }),
  // A slow server's answers are two: the handshake's, then the request's.
  timeoutMs: 1000,
  without,
});

describeReal("httpCheck leaves nothing behind", missingHttps, () => {
  let server: RealServer;
  let https: HttpsServer;
  beforeAll(async () => {
    [server, https] = await Promise.all([httpServer(), httpsServer()]);
  }, 60_000);
  afterAll(() => Promise.all([server, https].map((one) => one?.remove())));

  it("of a thousand runs over http:", async () => {
    await assertNoLeak(httpCheck(`http://127.0.0.1:${server.port}/`, { expectedBody }));
  }, 60_000);

  it("of a thousand runs over http: whose host is looked up and whose body is cut off", async () => {
    await assertNoLeak(httpCheck(`http://localhost:${server.port}/`, { maxBodyBytes: 1 }));
  }, 60_000);

  it("of a thousand runs over https:", async () => {
    await assertNoLeak(httpCheck(`https://127.0.0.1:${https.port}/`, { tls: { ca: https.authority.cert } }));
  }, 120_000);

  it("of runs against a server that has gone dark", async () => {
    const proxy = await proxyTo(server.port);
    const [runs, timeoutMs] = [30, 40];
    await assertNoPile(httpCheck(`http://127.0.0.1:${proxy.port}/`), proxy, { runs, timeoutMs, connections: runs });
    await proxy.close();
  }, 60_000);
});
