import { once } from "node:events";
import { createServer } from "node:net";

const isFree = async (port) => {
  const server = createServer().listen(port, "127.0.0.1");
  const listens = await once(server, "listening").then(() => true, () => false);
  if (!listens) return false;
  server.close();
  await once(server, "close");
  return true;
};

/**
 * Ports of 127.0.0.1 that nothing listens on. They lie under the range that outgoing connections are numbered from, so that a
 * port stays free while no process of ours listens on it.
 */
export const freePorts = async (count) => {
  const found = new Set();
  while (found.size < count) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    if (await isFree(port)) found.add(port);
  }
  return [...found];
};
