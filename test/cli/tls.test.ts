import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { ServerOptions } from "node:https";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listen } from "../adapters/listen.js";
import { missingOpenssl, rootAuthority, type Authority, type Issued } from "../support/real/certificates.js";
import { describeReal, folder, remove } from "../support/real/served.js";
import { commandLine } from "./support/built.js";
import { saying } from "./support/servers.js";

const cli = commandLine();

describeReal("probekit check over TLS", missingOpenssl, () => {
  let data: string;
  let authority: Authority;
  let leaf: Issued;
  beforeAll(async () => {
    data = await folder();
    authority = rootAuthority(data);
    leaf = authority.issue("leaf");
  }, 60_000);
  afterAll(() => remove(data));

  const server = async ({ cert, key }: Issued, options: ServerOptions = {}): Promise<string> =>
    `https://127.0.0.1:${await listen(createServer({ cert, key, ...options }, (_, response) => void response.end()))}/`;

  /** Its exit code, and what it says after the URL. */
  const check = async (url: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<[number | null, string]> => {
    const { code, stdout, stderr } = await cli.start(["check", "--timeout", "30s", url, ...args], { env }).ended;
    expect(stderr).toBe("");
    return [code, stdout.replace(/ https\S+ \d+ ms/, "").trim()];
  };

  it("trusts the authorities of --ca and no others", async () => {
    const url = await server(leaf);
    expect(await check(url)).toEqual([1, expect.stringMatching(/^unreachable: TLS: the chain is untrusted; --ca names an authority \(/)]);
    expect(await check(url, ["--ca", authority.certFile])).toEqual([0, "healthy"]);
  });

  it("verifies whatever NODE_TLS_REJECT_UNAUTHORIZED says, and no warning of Node's reaches stderr", async () => {
    expect((await check(await server(leaf), [], { NODE_TLS_REJECT_UNAUTHORIZED: "0" }))[0]).toBe(1);
  });

  it("refuses a certificate that issued itself, unless it is to be --insecure", async () => {
    const own = join(data, "own");
    mkdirSync(own);
    const url = await server(rootAuthority(own));
    expect(await check(url)).toEqual([
      1,
      "unreachable: TLS: the chain is untrusted; --ca names an authority (DEPTH_ZERO_SELF_SIGNED_CERT)",
    ]);
    expect(await check(url, ["--insecure"])).toEqual([0, "healthy"]);
    expect(await check(url, ["-k"])).toEqual([0, "healthy"]);
  });

  it("refuses a certificate for another name, unless it is asked for by --servername", async () => {
    const url = await server(authority.issue("other", { names: "DNS:orders.internal" }));
    expect(await check(url, ["--ca", authority.certFile])).toEqual([
      1,
      "unreachable: TLS: the certificate is for another name (ERR_TLS_CERT_ALTNAME_INVALID)",
    ]);
    expect(await check(url, ["--ca", authority.certFile, "--servername", "orders.internal"])).toEqual([0, "healthy"]);
  });

  it("refuses one that has expired", async () => {
    const url = await server(authority.issue("old", { fromDays: -9, toDays: -2 }));
    expect(await check(url, ["--ca", authority.certFile])).toEqual([
      1,
      "unreachable: TLS: a certificate of the chain has expired (CERT_HAS_EXPIRED)",
    ]);
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)("shows a client certificate to a server that wants one, over %s", async (maxVersion) => {
    const client = authority.issue(`client-${maxVersion}`);
    const url = await server(leaf, { ca: authority.cert, requestCert: true, rejectUnauthorized: true, maxVersion });
    const both = join(data, `both-${maxVersion}.pem`);
    await writeFile(both, client.cert + client.key);
    const trusted = ["--ca", authority.certFile];
    expect((await check(url, trusted))[1]).toMatch(/^unreachable: (?:TLS failed: the server refused|connection lost)/);
    expect(await check(url, [...trusted, "--cert", client.certFile, "--key", client.keyFile])).toEqual([0, "healthy"]);
    expect(await check(url, [...trusted, "--cert", both])).toEqual([0, "healthy"]);
  });

  it("says so where one side speaks TLS and the other does not", async () => {
    const plain = (await saying("text/plain", "ok")).replace("http:", "https:");
    expect(await check(plain)).toEqual([1, expect.stringMatching(/^unreachable: TLS failed: does the server speak it\? \(/)]);
    const secured = (await server(leaf)).replace("https:", "http:");
    expect((await cli.start(["check", "--timeout", "30s", secured]).ended).code).toBe(1);
  });

  it.each([
    { name: "a file that is not there", args: () => ["--ca", "/nowhere/ca.pem"], why: "--ca can't read /nowhere/ca.pem (ENOENT)" },
    {
      name: "authorities that are none",
      args: () => ["--ca", leaf.keyFile.replace("leaf.key", "serial")],
      why: "--ca holds no certificate in PEM",
    },
    {
      name: "a certificate without its key",
      args: () => ["--cert", leaf.certFile],
      why: "--ca, --cert and --key must hold PEM that belongs together (",
    },
    {
      name: "a key of another certificate",
      args: () => ["--cert", leaf.certFile, "--key", authority.keyFile],
      why: "--ca, --cert and --key must hold PEM that belongs together (",
    },
    { name: "a key alone", args: () => ["--key", leaf.keyFile], why: "--key needs --cert" },
  ])("ends with 64 for $name", async ({ args, why }) => {
    const { code, stdout, stderr } = await cli.start(["check", "https://127.0.0.1/", ...args()]).ended;
    expect([code, stdout]).toEqual([64, ""]);
    expect(stderr.startsWith(`probekit: ${why}`)).toBe(true);
    expect(stderr).not.toContain(readFileSync(leaf.keyFile, "utf8").split("\n")[1]);
  });
});
