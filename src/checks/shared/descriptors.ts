import { promises } from "node:fs";
import { join } from "node:path";

/** How many descriptors the process has open. Linux from 6.2 tells it as the folder's size, which needs no descriptor. */
export const openDescriptors = async (proc: string): Promise<number> => {
  const folder = join(proc, "fd");
  const { size } = await promises.stat(folder);
  if (size > 0) return size;
  const listed = await promises.readdir(folder);
  return listed.length - 1; // One of them lists the folder.
};

/** How many it may have open: the soft limit, `Infinity` where there is none. */
export const descriptorLimit = async (proc: string): Promise<number> => {
  const limits = await promises.readFile(join(proc, "limits"), "utf8");
  const soft = /^Max open files +(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? Infinity : Number(soft);
};
