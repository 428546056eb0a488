import { fileURLToPath } from "node:url";
import { missingOpenssl, rootAuthority, type Authority } from "./certificates.js";
import { accepts, folder, freePort, served, type RealServer } from "./served.js";

export const missingHttps = missingOpenssl;

const script = fileURLToPath(new URL("https-server.mjs", import.meta.url));

/** Who may see `/private`. */
export const privateUser = { name: "health", password: "s3cret" };

const start = async (data: string, files: readonly string[]): Promise<RealServer> => {
  const port = await freePort();
  const command = [process.execPath, script, String(port), ...files];
  const server = served({ port, data, command, isUp: () => accepts(port) });
  await server.start();
  return server;
};

/** A plain HTTP server in a process of its own. */
export const httpServer = async (): Promise<RealServer> => start(await folder(), []);

/** An HTTPS server in a process of its own, for localhost and 127.0.0.1, whose certificate an authority of its own issued. */
export interface HttpsServer extends RealServer {
  readonly authority: Authority;
}

export const httpsServer = async (): Promise<HttpsServer> => {
  const data = await folder();
  const authority = rootAuthority(data);
  const { certFile, keyFile } = authority.issue("leaf");
  return { ...(await start(data, [certFile, keyFile])), authority };
};
