import { once } from "node:events";
import { Resolver } from "node:dns/promises";
import http from "node:http";
import net from "node:net";
import tls from "node:tls";
import * as grpc from "@grpc/grpc-js";
import { dnsServer } from "../../test/support/real/dns.js";
import { grpcHealthServer } from "../../test/support/real/grpc-health.js";
import { httpServer, httpsServer } from "../../test/support/real/https.js";
import { built, type Closing, type Room, type Subject } from "./subject.mjs";

const get = (url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    http.get(url, { agent: false }, (response) => response.resume().once("end", resolve)).once("error", reject);
  });

const handshake = async (port: number, ca: string): Promise<void> => {
  const socket = tls.connect({ host: "127.0.0.1", port, ca });
  await once(socket, "secureConnect");
  socket.getPeerCertificate(true);
  socket.destroy();
};

const connection = async (port: number): Promise<void> => {
  const socket = net.connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.destroy();
};

const overTcp = async (closing: Closing): Promise<Subject[]> => {
  const server = await httpServer();
  closing(() => server.remove());
  const url = `http://127.0.0.1:${server.port}/`;
  return [
    { name: "httpCheck / http.get", driver: () => get(url), check: (await built("http"))(url) },
    { name: "tcpCheck / net.connect", driver: () => connection(server.port), check: (await built("tcp"))("127.0.0.1", server.port) },
  ];
};

const overTls = async (closing: Closing): Promise<Subject> => {
  const { port, authority, remove } = await httpsServer();
  closing(remove);
  const ca = authority.cert;
  return { name: "tlsCheck / tls.connect, getPeerCertificate", driver: () => handshake(port, ca), check: (await built("tls"))("127.0.0.1", port, { ca }) };
};

const overUdp = async (closing: Closing): Promise<Subject> => {
  const { port, remove } = await dnsServer({ "orders.test": { A: ["10.0.0.1"] } });
  closing(remove);
  const servers = [`127.0.0.1:${port}`];
  const resolve = (): Promise<unknown> => {
    const resolver = new Resolver({ tries: 1 });
    resolver.setServers(servers);
    return resolver.resolve4("orders.test");
  };
  return { name: "dnsCheck / new Resolver, resolve4", driver: resolve, check: (await built("dns"))("orders.test", { servers }) };
};

const nothing = Buffer.alloc(0);

const unary = (client: grpc.Client): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const asIs = (bytes: Buffer): Buffer => bytes;
    client.makeUnaryRequest("/grpc.health.v1.Health/Check", asIs, asIs, nothing, (error, answer) => (error ? reject(error) : resolve(answer)));
  });

const overHttp2 = async (closing: Closing): Promise<Subject> => {
  const { port, remove } = await grpcHealthServer();
  closing(remove);
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  closing(() => client.close());
  return { name: "grpcCheck / client.makeUnaryRequest", driver: () => unary(client), check: (await built("grpc"))(client) };
};

export const network: Room = async function* (closing) {
  yield* await overTcp(closing);
  yield await overTls(closing);
  yield await overUdp(closing);
  yield await overHttp2(closing);
};
