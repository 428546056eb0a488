import type { HttpRequest } from "./http-request.js";
import { hostNameOf } from "./host.js";
import { booleanOption, optionsOf } from "../shared/options.js";
import { secureContextOf, type Pem } from "./tls-options.js";

/** How an https: URL's server is verified, and what it is shown; `undefined` always means the default. */
export interface HttpTlsOptions {
  /** The authorities that are trusted, and no others, as PEM. @default those that Node trusts */
  readonly ca?: Pem | readonly Pem[] | undefined;
  /** The client's certificate, as PEM; needs `key`. @default none */
  readonly cert?: Pem | undefined;
  /** The client's private key, as PEM; needs `cert`. @default none */
  readonly key?: Pem | undefined;
  /** The name that the server is asked for and its certificate must hold. @default the URL's host, or the header `Host` */
  readonly servername?: string | undefined;
  /**
   * Whether a server that can't be verified is an error, whatever `NODE_TLS_REJECT_UNAUTHORIZED` says.
   * @default true
   */
  readonly rejectUnauthorized?: boolean | undefined;
}

/**
 * What a request under TLS is sent with. Another origin than the check's own is shown no client certificate.
 * @throws HealthError `invalid-option` or `unknown-option`
 */
export const securedBy = (options: HttpTlsOptions | undefined): ((request: HttpRequest) => object) => {
  const given = optionsOf<HttpTlsOptions>("httpCheck's tls", options, ["ca", "cert", "key", "servername", "rejectUnauthorized"]);
  const { ca, cert, key } = given;
  const rejectUnauthorized = booleanOption("tls.rejectUnauthorized", given.rejectUnauthorized, true);
  const servername = given.servername === undefined ? undefined : hostNameOf("tls.servername", given.servername).replace(/\.$/, "");
  const own = secureContextOf("tls.", { ca, cert, key });
  const foreign = secureContextOf("tls.", { ca });
  return ({ isOwn, url, headers }) => {
    const name = (isOwn ? servername : undefined) ?? undotted(url, headers);
    return { rejectUnauthorized, secureContext: isOwn ? own() : foreign(), ...(name !== undefined && { servername: name }) };
  };
};

// A server's name has no last dot, which Node leaves on: https://www.rfc-editor.org/rfc/rfc6066#section-3
const undotted = ({ hostname }: URL, { host }: Readonly<Record<string, string>>): string | undefined =>
  host === undefined && hostname.endsWith(".") ? hostname.slice(0, -1) : undefined;
