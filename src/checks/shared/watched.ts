/**
 * Settles as `answer` does, or as the first look that has something to say: it looks every so many milliseconds, and
 * leaves no timer behind.
 */
export const watched = async <T>(answer: Promise<T>, everyMs: number, look: () => T | undefined): Promise<T> => {
  let timer: ReturnType<typeof setInterval> | undefined;
  const seen = new Promise<T>((resolve, reject) => {
    const onTime = (): void => {
      try {
        const found = look();
        if (found !== undefined) resolve(found);
      } catch (error) {
        reject(error as Error);
      }
    };
    timer = setInterval(onTime, everyMs);
    timer.unref?.();
  });
  try {
    return await Promise.race([answer, seen]);
  } finally {
    clearInterval(timer);
  }
};
