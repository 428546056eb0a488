import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const modules = fileURLToPath(new URL("../../../node_modules", import.meta.url));
const cli = join(modules, "prisma/build/index.js");

export const missingPrisma = existsSync(cli) && existsSync(join(modules, "@prisma/client")) ? undefined : "prisma";

/** What a generated client is used for here. */
export interface PrismaLike {
  $connect(): Promise<void>;
  $disconnect(): Promise<void>;
  $queryRawUnsafe(sql: string): Promise<unknown>;
  $transaction<R>(work: (transaction: PrismaLike) => Promise<R>, options?: { readonly timeout: number; readonly maxWait: number }): Promise<R>;
  $extends(extension: object): PrismaLike;
}

/** A client that `prisma generate` made. */
export interface GeneratedPrisma {
  readonly PrismaClient: new (options: { readonly adapter: object }) => PrismaLike;
  readonly Prisma: object;
  /** The folder of the TypeScript that the newer generator writes. */
  readonly sources: string;
  remove(): Promise<void>;
}

const schema = `
generator js {
  provider = "prisma-client-js"
  output   = "./js"
}
generator ts {
  provider = "prisma-client"
  output   = "./ts"
}
datasource db {
  provider = "postgresql"
}
model Order {
  id Int @id
}
`;

// To generate a client takes no schema engine, yet the command looks for one, and would download it.
const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: "1", CHECKPOINT_DISABLE: "1" };

/** Generates a client for PostgreSQL, where it finds the runtime, and loads it; needs no network. */
export const generatePrisma = async (): Promise<GeneratedPrisma> => {
  const cache = join(modules, ".cache");
  await mkdir(cache, { recursive: true });
  const home = await mkdtemp(join(cache, "probekit-prisma-"));
  await writeFile(join(home, "schema.prisma"), schema);
  await promisify(execFile)(process.execPath, [cli, "generate", "--schema", "schema.prisma", "--no-hints"], { cwd: home, env });
  const { PrismaClient, Prisma } = createRequire(import.meta.url)(join(home, "js")) as Pick<GeneratedPrisma, "PrismaClient" | "Prisma">;
  return { PrismaClient, Prisma, sources: join(home, "ts"), remove: () => rm(home, { recursive: true, force: true }) };
};
