import { afterEach, beforeEach, expect } from "vitest";
import { settle } from "./fake-clock.js";

/** Has every test of a file fail that leaves an unhandled rejection behind; call it at the file's top. Returns those so far. */
export const expectNoRejections = (): readonly unknown[] => {
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown): number => rejections.push(reason);

  beforeEach(() => {
    rejections.length = 0;
    process.on("unhandledRejection", onRejection);
  });

  afterEach(async () => {
    await settle();
    process.off("unhandledRejection", onRejection);
    expect(rejections).toEqual([]);
  });

  return rejections;
};
