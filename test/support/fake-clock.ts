import { fakeClock as clockFrom, type FakeClock } from "probekit/testing";

export type { FakeClock };

/** Lets promises and immediates settle. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
};

/** The clock that the package gives to everybody's tests, at the time of the design's examples. */
export const fakeClock = (): FakeClock => clockFrom(Date.UTC(2026, 10, 24, 10));
