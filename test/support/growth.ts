const cpuMs = async (work: () => unknown): Promise<number> => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};

/**
 * How many times the CPU that work takes when there is eight times as much of it, the least of three tries: about 8 where
 * it is linear, 64 where it is quadratic, on a busy machine as well.
 */
export const growth = async (work: (times: number) => unknown): Promise<number> => {
  const ratios: number[] = [];
  await work(1);
  for (let attempt = 0; attempt < 3; attempt++) {
    const once = await cpuMs(() => work(1));
    ratios.push((await cpuMs(() => work(8))) / Math.max(once, 0.5));
  }
  return Math.min(...ratios);
};
