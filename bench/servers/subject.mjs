// What every server answers about: checks that answer at once, at one path, and the answer that ours gives to them.
import { createHandler, createHealth } from "probekit";

export const path = "/health/ready";

const names = ["database", "redis"];

/** As many names of checks. */
export const namesOf = (count) => Array.from({ length: count }, (_, index) => names[index] ?? `dependency-${index}`);

/** A health with so many checks that answer at once. */
export const healthOf = (count) => {
  const health = createHealth({ service: "bench", version: "1.0.0", logger: false });
  for (const name of namesOf(count)) health.register(name, async () => true);
  return health;
};

/** The status, headers and body of our own answer, as a text and as bytes: what a hand-written handler sends as well. */
export const answerOf = async (count) => {
  const { status, headers, body } = await createHandler(healthOf(count))({ method: "GET", url: path, headers: {} });
  return { status, headers: { ...headers }, body, bytes: Buffer.from(body) };
};

/** The headers but for those that a framework itself writes for an object. */
export const habitHeaders = ({ "content-length": _length, "content-type": _type, ...others }) => others;
