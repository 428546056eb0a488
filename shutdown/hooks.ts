import { endsWithin, turn, type Limit } from "./limit.js";
import type { Hook } from "./settings.js";

/** How hooks are run. */
export interface HookRun {
  readonly reason: string;
  readonly limit: Limit;
  /** Told of a hook that failed or took too long. */
  readonly onFault: (sentence: string, error?: unknown) => void;
}

/**
 * Runs hooks one after the other, the last one first, each within its limit, until none is left; one that is added
 * meanwhile comes next. Where the time that is left would not do for all of them, something is kept for each that is still to
 * come, so that none is left out because another hangs. Returns those that failed or did not end.
 */
export const runHooks = async (hooks: Hook[], run: HookRun): Promise<readonly string[]> => {
  const faults: string[] = [];
  for (let hook = hooks.pop(); hook !== undefined; hook = hooks.pop()) {
    const fault = await faultOf(hook, shareOf(hook, hooks, run.limit), run);
    if (fault !== undefined) faults.push(`hook ${JSON.stringify(hook.name)} (${fault})`);
    // A hook that registers itself again would keep the event loop, and the limit with it.
    await turn();
  }
  return faults;
};

/** How long hooks take at most, in milliseconds. */
export const longestOf = (hooks: readonly Hook[]): number => hooks.reduce((sum, { timeoutMs }) => sum + timeoutMs, 0);

/** What is kept for each hook that is still to come, in milliseconds: most end at once. */
const keptMs = 500;

const shareOf = (hook: Hook, others: readonly Hook[], limit: Limit): number => {
  const left = limit.leftMs();
  const kept = others.reduce((sum, { timeoutMs }) => sum + Math.min(timeoutMs, keptMs), 0);
  const share = (left * hook.timeoutMs) / longestOf([hook, ...others]);
  return Math.ceil(Math.min(hook.timeoutMs, Math.max(share, left - kept)));
};

const faultOf = async (hook: Hook, ms: number, { reason, limit, onFault }: HookRun): Promise<string | undefined> => {
  if (limit.over.aborted) return "not begun";
  const name = JSON.stringify(hook.name);
  try {
    if (await endsWithin(call(hook, reason), ms, limit)) return undefined;
    if (limit.over.aborted) return "not finished";
    onFault(`hook ${name} did not finish within ${ms} ms; the shutdown goes on`);
    return `not finished within ${ms} ms`;
  } catch (error) {
    onFault(`hook ${name} failed`, error ?? String(error));
    return "failed";
  }
};

const call = async (hook: Hook, reason: string): Promise<unknown> => hook.run(reason);
