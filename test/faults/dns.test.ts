import { dnsCheck } from "probekit/checks/dns";
import { runCheck } from "probekit/testing";
import { expect, it, onTestFinished } from "vitest";
import { dnsServer, type Zone } from "../support/real/dns.js";
import type { RealServer } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow } from "./support/matrix.js";
import { assertNoPile } from "./support/pile.js";
import { udpProxyTo } from "./support/udp-proxy.js";

const zone: Zone = { "orders.test": { A: ["10.0.0.1", "10.0.0.2"] } };

const checkAt = (port: number) => dnsCheck("orders.test", { servers: [`127.0.0.1:${port}`], expected: "10.0.0.1" });

faultRow({
  name: "dnsCheck",
  against: "a name server over UDP, c-ares",
  server: () => dnsServer(zone),
  proxy: udpProxyTo,
  cells: {
    // A datagram has no connection: half of a reply comes, and a proxy can't tell that its server is gone.
    reset: { status: "error", reason: "failed", message: /^DNS: the server's answer is malformed \(EBADRESP\)$/ },
    restarted: { status: "error", reason: "timeout" },
  },
  without: { password: "DNS has no password", exhausted: "it has no pool" },
  connect: ({ port }) => ({ check: checkAt(port), close: () => {} }),
});

const started = async (): Promise<RealServer> => {
  const server = await dnsServer(zone);
  onTestFinished(() => server.remove());
  return server;
};

it("dnsCheck is refused by a server that was killed, and is ok when that is back", async () => {
  const server = await started();
  const check = checkAt(server.port);
  await server.kill();
  expect(await runCheck(check)).toMatchObject({ status: "error", reason: "failed", message: "connection refused (ECONNREFUSED)" });
  await server.start();
  expect(await runCheck(check)).toMatchObject({ status: "ok" });
}, 30_000);

it("dnsCheck asks a server that has gone dark once a run", async () => {
  const server = await started();
  const proxy = await udpProxyTo(server.port);
  onTestFinished(() => proxy.close());
  await assertNoPile(checkAt(proxy.port), proxy, { connections: 30 });
}, 30_000);

it("dnsCheck waits for a slow answer, however fast the ones before it were", async () => {
  const server = await started();
  const proxy = await udpProxyTo(server.port);
  onTestFinished(() => proxy.close());
  const check = checkAt(proxy.port);
  for (let turn = 0; turn < 5; turn++) expect(await runCheck(check, { timeoutMs: 3000 })).toMatchObject({ status: "ok" });
  proxy.delayReplies(600);
  expect(await runCheck(check, { timeoutMs: 3000 })).toMatchObject({ status: "ok" });
}, 30_000);

it("dnsCheck leaves nothing behind", async () => {
  const server = await started();
  await assertNoLeak(checkAt(server.port));
}, 60_000);
