import http from "node:http";
import http2 from "node:http2";
import net from "node:net";

/** A request as a case writes it; the method is GET unless it says otherwise. */
export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends over a connection of its own, or the agent's. */
export const overHttp = (port: number, path: string, sent: Sent = {}, agent: http.Agent | false = false): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { method = "GET", headers = {}, body } = sent;
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const options = { host: "127.0.0.1", port, path, method, agent, headers: { ...length, ...headers } };
    const request = http.request(options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => (text += piece));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });

/** Sends over an HTTP/2 session of its own. */
export const overHttp2 = (port: number, path: string, { method = "GET", headers = {}, body }: Sent = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    const stream = session.request({ ":method": method, ":path": path, ...headers }, { endStream: body === undefined });
    let answered: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader = {};
    let text = "";
    stream.setEncoding("utf8");
    stream.on("response", (got) => (answered = got));
    stream.on("data", (piece: string) => (text += piece));
    stream.on("end", () => {
      const { ":status": status = 0, ...others } = answered;
      session.close(() => resolve({ status, headers: others, body: text }));
    });
    const fail = (error: Error): void => {
      session.destroy();
      reject(error);
    };
    for (const source of [session, stream]) source.on("error", fail);
    if (body !== undefined) stream.end(body);
  });

/** What a socket got until the server closed it, in the pieces in which it arrived. */
export const overSocket = (port: number, text: string): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const pieces: string[] = [];
    const socket = net.connect(port, "127.0.0.1", () => socket.write(text));
    socket.setEncoding("utf8");
    socket.on("data", (piece: string) => pieces.push(piece));
    socket.on("close", () => resolve(pieces));
    socket.on("error", reject);
  });
