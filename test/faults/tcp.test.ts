import { tcpCheck } from "probekit/checks/tcp";
import { runCheck } from "probekit/testing";
import { expect, it, onTestFinished } from "vitest";
import { missingRedis, redisServer } from "../support/real/redis.js";
import { describeReal, type RealServer } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { assertNoPile } from "./support/pile.js";
import { proxyTo } from "./support/proxy.js";
import { faultRow } from "./support/matrix.js";

const noPassword = "TCP has no password";
const noPool = "it has no pool";

faultRow({
  name: "tcpCheck",
  against: "Redis 7",
  missing: missingRedis,
  server: () => redisServer(),
  // The kernel of a server that hangs accepts connections, as do proxies.
  cells: { frozen: { status: "ok" }, dark: { status: "ok" }, reset: { status: "ok" } },
  without: {
    slow: "it waits for no reply",
    restarted: "the proxy accepts for a server that is gone; without a proxy it is refused, see refused",
    password: noPassword,
    exhausted: noPool,
  },
  connect: ({ port }) => ({ check: tcpCheck("127.0.0.1", port), close: () => {} }),
});

faultRow({
  name: "tcpCheck, expect",
  against: "Redis 7",
  missing: missingRedis,
  server: () => redisServer(),
  without: { password: noPassword, exhausted: noPool },
  connect: ({ port }) => ({ check: tcpCheck("127.0.0.1", port, { send: "PING\r\n", expect: "+PONG\r\n" }), close: () => {} }),
});

describeReal("tcpCheck without a proxy", missingRedis, () => {
  const started = async (): Promise<RealServer> => {
    const server = await redisServer();
    onTestFinished(() => server.remove());
    return server;
  };

  it("is refused by a server that was killed, and is ok when that is back", async () => {
    const server = await started();
    const check = tcpCheck("127.0.0.1", server.port);
    await server.kill();
    expect(await runCheck(check)).toMatchObject({ status: "error", reason: "failed", message: "connection refused (ECONNREFUSED)" });
    await server.start();
    expect(await runCheck(check)).toMatchObject({ status: "ok" });
  }, 30_000);

  it("leaves no connection to a server that has gone dark", async () => {
    const server = await started();
    const proxy = await proxyTo(server.port);
    onTestFinished(() => proxy.close());
    const check = tcpCheck("127.0.0.1", proxy.port, { send: "PING\r\n", expect: "+PONG" });
    await assertNoPile(check, proxy, { connections: 30 });
    await expect.poll(() => proxy.open).toBe(0);
  }, 30_000);

  it("leaves nothing behind", async () => {
    const server = await started();
    await assertNoLeak(tcpCheck("127.0.0.1", server.port));
    await assertNoLeak(tcpCheck("127.0.0.1", server.port, { send: "PING\r\n", expect: "+PONG" }));
  }, 60_000);

  it("leaves nothing behind where it looks a name up", async () => {
    const server = await started();
    await assertNoLeak(tcpCheck("localhost", server.port, { send: "PING\r\n", expect: "+PONG" }));
  }, 60_000);
});
