import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach } from "vitest";

/** Folders of a test's own; they are removed after it. */
export const temporaryFolders = (): ((files?: Readonly<Record<string, string>>) => string) => {
  const made: string[] = [];
  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return (files = {}) => {
    const folder = mkdtempSync(join(tmpdir(), "probekit-"));
    made.push(folder);
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    return folder;
  };
};

/** An error as Node's file system throws it, path included. */
export const fileError = (code: string): Error => Object.assign(new Error(`${code}: it failed, open '/var/secret/place'`), { code });
