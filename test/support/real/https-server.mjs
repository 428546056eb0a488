// A plain HTTP server, or an HTTPS one where it is given a certificate and its key; in a process of its own.
// node https-server.mjs PORT [CERTIFICATE KEY]
import { readFileSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { createServer as createHttps } from "node:https";

const [port, certificate, key] = process.argv.slice(2);
const user = `Basic ${Buffer.from("health:s3cret").toString("base64")}`;

const answer = ({ url, headers }, response) => {
  if (url === "/private" && headers.authorization !== user) return response.writeHead(401, { "www-authenticate": "Basic" }).end();
  return response.writeHead(200, { "content-type": "text/plain" }).end("all is well");
};

const server = certificate === undefined ? createHttp(answer) : createHttps({ cert: readFileSync(certificate), key: readFileSync(key) }, answer);
server.listen(Number(port), "127.0.0.1");
