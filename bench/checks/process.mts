import { existsSync, promises, readdirSync, readFileSync } from "node:fs";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import { tmpdir } from "node:os";
import { InMemoryProvider, OpenFeature } from "@openfeature/server-sdk";
import { built, type Room, type Subject } from "./subject.mjs";

const memoryFile = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/proc/self/statm"].find((path) => existsSync(path))!;

const loop = async (): Promise<Subject> => {
  const delay = monitorEventLoopDelay();
  const driver = (): number => delay.percentile(99) + performance.eventLoopUtilization().utilization;
  return { name: "eventLoopCheck / the histogram's percentile", driver, check: (await built("event-loop"))() };
};

const rss = async (): Promise<Subject> => {
  const driver = (): unknown => [process.memoryUsage.rss(), readFileSync(memoryFile)];
  return { name: "rssCheck / process.memoryUsage.rss and one file", driver, check: (await built("rss"))() };
};

const touch = async (path: string): Promise<void> => {
  await promises.writeFile(path, "bench\n", { flag: "wx" });
  await promises.unlink(path);
};

/** Each beside the one call of Node that it can't do without. */
export const processes: Room = async function* (closing) {
  yield await loop();
  yield { name: "heapCheck / v8.getHeapStatistics", driver: getHeapStatistics, check: (await built("heap"))() };
  yield await rss();
  yield { name: "fileDescriptorsCheck / readdir", driver: () => readdirSync("/proc/self/fd"), check: (await built("file-descriptors"))() };
  yield { name: "diskCheck / statfs", driver: () => promises.statfs(tmpdir()), check: (await built("disk"))(tmpdir()) };
  const folder = await promises.mkdtemp(`${tmpdir()}/probekit-bench-`);
  closing(() => promises.rm(folder, { recursive: true }));
  yield { name: "directoryCheck / writeFile, unlink", driver: () => touch(`${folder}/bench`), check: (await built("directory"))(folder) };
  yield { name: "fileCheck / stat", driver: () => promises.stat(folder), check: (await built("file"))(folder) };
  await OpenFeature.setProviderAndWait(new InMemoryProvider());
  const client = OpenFeature.getClient();
  closing(() => OpenFeature.close());
  yield { name: "openFeatureCheck / client.providerStatus", driver: () => client.providerStatus, check: (await built("open-feature"))(client) };
};
