import type { IncomingMessage } from "node:http";

/** As far as a body is read, in bytes. */
export const mostBytes = 1_048_576;

/** Reads a body; `undefined` for one that is longer than {@link mostBytes}, whose rest is not read. */
export const bodyOf = (response: IncomingMessage): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on("error", reject).on("end", () => resolve(Buffer.concat(chunks).toString()));
    response.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= mostBytes) return void chunks.push(chunk);
      response.pause();
      resolve(undefined);
    });
  });
