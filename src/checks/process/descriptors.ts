import fs from "node:fs";
import { join } from "node:path";

/** How many descriptors the process has open. Linux from 6.2 tells it as the folder's size, which needs no descriptor. */
export const openDescriptors = (proc: string): number => {
  const folder = join(proc, "fd");
  const { size } = fs.statSync(folder);
  if (size > 0) return size;
  return fs.readdirSync(folder).length - 1; // One of them lists the folder.
};

/** How many it may have open: the soft limit, `Infinity` where there is none. */
export const descriptorLimit = (proc: string): number => {
  const limits = fs.readFileSync(join(proc, "limits"), "utf8");
  const soft = /^Max open files +(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? Infinity : Number(soft);
};
