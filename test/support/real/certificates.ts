import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isOnPath } from "./served.js";

export const missingOpenssl = isOnPath("openssl") ? undefined : "openssl";

/** What a certificate is to be. */
export interface Wanted {
  /** `DNS:localhost,IP:127.0.0.1` */
  readonly names?: string;
  /** Days from now; negative ones are past. @default -1 */
  readonly fromDays?: number;
  /** @default 90 */
  readonly toDays?: number;
  /** Whether it may issue others. */
  readonly isAuthority?: boolean;
  /** The name of an earlier one, whose subject and key it has too. */
  readonly twinOf?: string;
}

/** A certificate, its private key, and the files that hold them. */
export interface Issued {
  /** As PEM, those that issued it and are no root behind it. */
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** One that issues certificates. */
export interface Authority extends Issued {
  issue(name: string, wanted?: Wanted): Issued;
  /** Issues another authority's. */
  delegate(name: string, wanted?: Wanted): Authority;
}

const openssl = (folder: string, ...words: string[]): void => {
  const done = spawnSync("openssl", words, { cwd: folder, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`openssl ${words[0]} failed: ${done.stderr}`);
};

const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

const newKey = (name: string): string[] => [...curve, "-keyout", `${name}.key`];

/** As OpenSSL writes a moment: 20261124100000Z. */
const moment = (days: number): string => `${new Date(Date.now() + days * 86_400_000).toISOString().replace(/\D/g, "").slice(0, 14)}Z`;

const settings = `[ca]
default_ca = own
[own]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
`;

const extensions = ({ names = "DNS:localhost,IP:127.0.0.1", isAuthority = false }: Wanted): string =>
  isAuthority ? "basicConstraints = critical, CA:TRUE\n" : `basicConstraints = CA:FALSE\nsubjectAltName = ${names}\n`;

const read = (folder: string, name: string): Issued => {
  const [certFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  return { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8"), certFile, keyFile };
};

const sign = (folder: string, issuer: string, name: string, wanted: Wanted): void => {
  const { fromDays = -1, toDays = 90, twinOf } = wanted;
  if (twinOf !== undefined) copyFileSync(join(folder, `${twinOf}.key`), join(folder, `${name}.key`));
  const key = twinOf === undefined ? newKey(name) : ["-key", `${name}.key`];
  openssl(folder, "req", "-new", ...key, "-subj", `/CN=${twinOf ?? name}`, "-out", `${name}.csr`);
  writeFileSync(join(folder, `${name}.ext`), extensions(wanted));
  const between = ["-startdate", moment(fromDays), "-enddate", moment(toDays)];
  const by = ["-config", "ca.cnf", "-cert", `${issuer}.pem`, "-keyfile", `${issuer}.key`];
  openssl(folder, "ca", "-batch", "-notext", ...by, ...between, "-extfile", `${name}.ext`, "-in", `${name}.csr`, "-out", `${name}.pem`);
};

const authorityOf = (folder: string, self: string, behind: string): Authority => {
  const issue = (name: string, wanted: Wanted): Issued => {
    sign(folder, self, name, wanted);
    const issued = read(folder, name);
    writeFileSync(issued.certFile, issued.cert + behind);
    return read(folder, name);
  };
  return {
    ...read(folder, self),
    issue: (name, wanted = {}) => issue(name, wanted),
    delegate: (name, wanted = {}) => authorityOf(folder, name, issue(name, { ...wanted, isAuthority: true }).cert),
  };
};

/** A root of its own in a folder. */
export const rootAuthority = (folder: string, days = 3650): Authority => {
  writeFileSync(join(folder, "ca.cnf"), settings);
  writeFileSync(join(folder, "index.txt"), "");
  writeFileSync(join(folder, "serial"), "1000\n");
  openssl(folder, "req", "-x509", ...newKey("root"), "-subj", "/CN=root", "-days", String(days), "-out", "root.pem");
  return authorityOf(folder, "root", "");
};
