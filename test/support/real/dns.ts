import { createSocket } from "node:dgram";
import { once } from "node:events";
import { Resolver } from "node:dns/promises";
import { fileURLToPath } from "node:url";
import { folder, served, type RealServer } from "./served.js";

/** Records of a name, by their type. */
type Records = Readonly<Record<string, readonly string[]>>;

/** What a name server answers: records, or the word for what went wrong. `SILENT` answers nothing. */
export type Zone = Readonly<Record<string, Records | "SERVFAIL" | "REFUSED" | "NOTIMP" | "FORMERR" | "SILENT">>;

const script = fileURLToPath(new URL("dns-server.mjs", import.meta.url));

/** A UDP port of 127.0.0.1 that nothing listens on. */
export const freeUdpPort = async (): Promise<number> => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
};

const answers = async (port: number): Promise<boolean> => {
  const resolver = new Resolver({ tries: 1, timeout: 200 });
  resolver.setServers([`127.0.0.1:${port}`]);
  return resolver.resolve("up.test").then(() => true, () => false);
};

/** A name server in a process of its own, which answers over UDP from a zone. */
export const dnsServer = async (zone: Zone): Promise<RealServer> => {
  const [port, data] = [await freeUdpPort(), await folder()];
  const all = { ...zone, "up.test": { A: ["127.0.0.1"] } };
  const command = [process.execPath, script, String(port), JSON.stringify(all)];
  const server = served({ port, data, command, isUp: () => answers(port) });
  await server.start();
  return server;
};
