import { shownDuration } from "./duration.js";
import { lineOf } from "./line.js";
import type { Settings } from "./settings.js";
import { lacking, type WaitState, type Waited } from "./streaks.js";
import { whyOf } from "./why.js";
import { cutToColumns } from "./width.js";

const times = (count: number): string => (count === 1 ? "once" : `${count} times in a row`);

const urls = (count: number): string => (count === 1 ? "1 URL" : `all ${count} URLs`);

/** What those that have passed are: healthy, degraded, or some of each. */
const stateOf = (passed: readonly Waited[]): string => {
  const found = ["healthy", "degraded"].filter((status) => passed.some(({ outcome }) => outcome?.status === status));
  return found.length === 0 ? "healthy" : found.join(" or ");
};

const doneText = (all: readonly Waited[], successes: number, tookMs: number): string =>
  `${urls(all.length)} ${stateOf(all)} ${times(successes)} after ${shownDuration(tookMs)}`;

/** What one that it gave up on still is, and why. */
const lackText = ({ target, outcome, streak }: Waited, { successes, giveUpMs }: Settings): string => {
  const gaveUp = `gave up after ${shownDuration(giveUpMs)}:`;
  if (outcome === undefined) return `${gaveUp} ${target.shown} has not answered yet`;
  const still = streak === 0 ? "" : `; only ${streak} of ${successes} in a row`;
  return `${gaveUp} ${lineOf(target.shown, outcome)}${still}`;
};

/** What a wait says at its end; `exitCode` is a signal's where one came. */
export const lastLines = ({ all, settings, tookMs }: WaitState, exitCode: number | undefined): string[] => {
  const left = lacking(all, settings.successes);
  if (left.length === 0) return [doneText(all, settings.successes, tookMs())];
  return exitCode === undefined ? left.map((waited) => lackText(waited, settings)) : ["interrupted"];
};

/** The line that is written over, of at most so many columns. */
export const progressText = ({ all, settings: { successes, giveUpMs }, tookMs }: WaitState, most: number): string => {
  const left = lacking(all, successes);
  const [worst] = left.toSorted((a, b) => a.streak - b.streak);
  const state = worst?.outcome === undefined ? "" : ` ${worst.outcome.status} ${worst.streak}/${successes}`;
  const why = worst?.outcome === undefined ? "" : whyOf(worst.outcome);
  const passed = all.filter((waited) => !left.includes(waited));
  const so = `${passed.length} of ${all.length} ${stateOf(passed)}, ${shownDuration(tookMs())} of ${shownDuration(giveUpMs)}`;
  return cutToColumns(worst === undefined ? so : `${so}: ${worst.target.shown}${state}${why === "" ? "" : `: ${why}`}`, most);
};
