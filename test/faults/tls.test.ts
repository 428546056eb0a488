import { tlsCheck } from "probekit/checks/tls";
import { afterAll, beforeAll, it } from "vitest";
import { httpsServer, missingHttps, type HttpsServer } from "../support/real/https.js";
import { describeReal } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow } from "./support/matrix.js";

let server: HttpsServer;

faultRow({
  name: "tlsCheck",
  against: "node:https, a CA of its own",
  missing: missingHttps,
  server: async () => {
    server = await httpsServer();
    return server;
  },
  connect: ({ port }) => ({ check: tlsCheck("127.0.0.1", port, { ca: server.authority.cert }), close: () => {} }),
  without: { password: "nobody logs in", exhausted: "each run opens a connection of its own" },
});

describeReal("tlsCheck", missingHttps, () => {
  let https: HttpsServer;
  beforeAll(async () => {
    https = await httpsServer();
  }, 60_000);
  afterAll(() => https?.remove());

  it("leaves nothing of a thousand runs behind", async () => {
    await assertNoLeak(tlsCheck("localhost", https.port, { ca: https.authority.cert, alpnProtocols: ["http/1.1"] }));
  }, 120_000);
});
