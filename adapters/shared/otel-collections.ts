import type { Meter, Observer } from "./otel-meter.js";

type Callback = (observer: Observer) => void;

/** What the collections of a meter call. */
export interface Collections {
  begin(callback: Callback): void;
  /** One more collection calls this in the place of the other, and none after it. */
  endWith(callback: Callback): void;
}

/** Nothing is called yet. */
export const collections = (meter: Meter, instruments: object[]): Collections => {
  let stop = (): void => {};
  const begin = (callback: Callback): void => {
    meter.addBatchObservableCallback(callback, instruments);
    stop = () => meter.removeBatchObservableCallback(callback, instruments);
  };
  const endWith = (callback: Callback): void => {
    stop();
    begin((observer) => {
      callback(observer);
      // An SDK that walks its list of callbacks would miss the next one if this left it now.
      queueMicrotask(stop);
    });
  };
  return { begin, endWith };
};
