import { ask, type Timed } from "./ask.js";
import { exitCodes } from "./exit-codes.js";
import { interruption } from "./interruption.js";
import { poll } from "./poll.js";
import type { Settings } from "./settings.js";
import { lacking, take, type WaitState, type Waited } from "./streaks.js";
import type { Terminal } from "./terminal.js";
import { waitScreen, type WaitScreen } from "./wait-screen.js";
import { lastLines } from "./wait-text.js";

/** Asks all until each has passed often enough, `signal` is aborted, or time is up. */
const untilHealthy = async ({ all, settings }: WaitState, screen: WaitScreen, signal: AbortSignal): Promise<void> => {
  const { asking, intervalMs, giveUpMs, successes } = settings;
  const done = new AbortController();
  const timer = setTimeout(() => done.abort(), giveUpMs);
  const polling = { intervalMs, signal: AbortSignal.any([signal, done.signal]) };
  const hear =
    (waited: Waited) =>
    (outcome: Timed): void => {
      const before = waited.outcome;
      take(waited, outcome);
      screen.heard(waited, before);
      if (lacking(all, successes).length === 0) done.abort();
    };
  await Promise.all(all.map((waited) => poll((until) => ask(waited.target, asking, until), polling, hear(waited))));
  clearTimeout(timer);
};

/**
 * `probekit wait`: asks all over and over until each has passed so many times in a row, all at once.
 * @returns the exit code: 0, 1 when it gave up, a signal's
 */
export const wait = async (settings: Settings, terminal: Terminal): Promise<number> => {
  const begun = performance.now();
  const all: readonly Waited[] = settings.targets.map((target) => ({ target, streak: 0 }));
  const state: WaitState = { all, settings, tookMs: () => performance.now() - begun };
  const { signal, exitCode } = interruption();
  const screen = waitScreen(state, terminal);
  await untilHealthy(state, screen, signal);
  const left = lacking(all, settings.successes);
  screen.end(lastLines(state, exitCode()), {
    passes: left.length === 0,
    tookMs: Math.round(state.tookMs()),
    lacking: left.map(({ target }) => target.shown),
  });
  return left.length === 0 ? exitCodes.passed : (exitCode() ?? exitCodes.failed);
};
