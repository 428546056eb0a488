/** What one driver's call costs by itself, beside the check that makes the same call. */
export interface Subject {
  /** `pgCheck, Pool / pool.query`. */
  readonly name: string;
  /** The driver's own call. */
  driver(): unknown;
  readonly check: Check;
}

/** A ready-made check, as a run calls it. */
export type Check = (context: { signal: AbortSignal; name: string; timeoutMs: number }) => unknown;

/** Where a subject leaves what closes it: the last first. */
export type Closing = (close: () => unknown) => void;

/** A room's subjects, one after the other, so that one server runs at a time. */
export type Room = (closing: Closing) => AsyncIterable<Subject>;

type MakeCheck = (...given: unknown[]) => Check;

/** A check of the build, whose types are not there before it. */
export const built = async (name: string): Promise<MakeCheck> => {
  const module = (await import(new URL(`../../dist/checks/${name}.js`, import.meta.url).href)) as Record<string, MakeCheck>;
  return Object.entries(module).find(([exported]) => exported.endsWith("Check"))![1];
};
