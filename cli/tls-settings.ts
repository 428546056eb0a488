import type { ConnectionOptions } from "node:tls";
import { readText } from "./files.js";
import { misused } from "./usage-error.js";

/** What the options of TLS say; each names a file but the last two. */
export interface TlsFlags {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly servername: string | undefined;
  readonly isInsecure: boolean;
}

const read = (option: string, file: string | undefined): string | undefined => (file === undefined ? undefined : readText(option, file));

const contextOf = async ({ ca, cert, key }: TlsFlags): Promise<ConnectionOptions> => {
  if ([ca, cert, key].every((file) => file === undefined)) return {};
  const texts = { ca: read("--ca", ca), cert: read("--cert", cert), key: read("--key", key ?? cert) };
  if (texts.ca !== undefined && !texts.ca.includes("-----BEGIN")) misused("--ca holds no certificate in PEM");
  const { createSecureContext } = await import("node:tls");
  try {
    return { secureContext: createSecureContext(texts) };
  } catch (error) {
    return misused(`--ca, --cert and --key must hold PEM that belongs together (${String((error as NodeJS.ErrnoException).code)})`);
  }
};

/**
 * How servers are verified, whatever `NODE_TLS_REJECT_UNAUTHORIZED` says, and what they are shown.
 * @throws a usage error for files that can't be read or don't belong together
 */
export const tlsSettings = async (flags: TlsFlags): Promise<ConnectionOptions> => {
  const { cert, key, servername, isInsecure } = flags;
  if (key !== undefined && cert === undefined) misused("--key needs --cert");
  return { rejectUnauthorized: !isInsecure, ...(servername !== undefined && { servername }), ...(await contextOf(flags)) };
};
