/** The bad releases, and what each of them does wrong. */
export const faults = {
  "starts-then-fails": "is ready, then loses its database: its check fails, and its requests are answered with 500",
  "never-starts": "listens, and its startup check never passes",
  "answers-500": "is ready and answers every request with 500: no check knows of it",
  hangs: "is ready, then its event loop stops for good: nothing is answered, SIGTERM is not heard",
};

// Without a turn of the event loop no signal handler runs either; a loop that spins would only take the processor from the others.
const hang = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);

/** How many requests those answer that are well at first: traffic breaks them, not time, so that it happens in every strategy. */
const wellFor = 20;

/**
 * What is wrong with this process.
 * @param name one of {@link faults}; none: nothing is wrong
 */
export const openFault = (name) => {
  let requests = 0;
  const isWorn = () => requests > wellFor;
  return {
    countRequest: () => {
      requests += 1;
      if (name === "hangs" && isWorn()) hang();
    },
    hasStarted: () => name !== "never-starts",
    hasDatabase: () => name !== "starts-then-fails" || !isWorn(),
    isAnswering: () => name !== "answers-500",
  };
};
