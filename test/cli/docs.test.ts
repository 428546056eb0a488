import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { exitCodes } from "../../cli/exit-codes.js";
import { commands, options, type Command } from "../../cli/options.js";
import { settingsOf } from "../../cli/settings.js";

const page = readFileSync(fileURLToPath(new URL("../../docs/command-line.md", import.meta.url)), "utf8");

const blocks = [...page.matchAll(/```(\w+)\n([^]*?)```/g)].map(([, language = "", text = ""]) => ({
  language,
  text: text.replace(/\\\n/g, " "),
}));

/** The words of an array of JSON that stands in a line, or those of a shell's. */
const wordsOf = (line: string): string[] => {
  const array = /\[.*\]/.exec(line)?.[0];
  return array === undefined ? line.trim().split(/\s+/) : (JSON.parse(array) as string[]);
};

const called = (line: string): string[][] => {
  const words = wordsOf(line);
  const at = words.findIndex(
    (word, index) => (commands as readonly string[]).includes(word) && /probekit(?:\.cjs|\/dist\/cli\.cjs)?$/.test(words[index - 1] ?? ""),
  );
  return at < 0 ? [] : [words.slice(at)];
};

const calls = blocks.flatMap(({ text }) => text.split("\n").flatMap(called));

describe("docs/command-line.md", () => {
  it("names every option, its short form, and every exit code", () => {
    const missing = options
      .flatMap(({ name, short }) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])])
      .filter((word) => !page.includes(`\`${word}\``));
    expect(missing).toEqual([]);
    for (const code of Object.values(exitCodes)) expect(page).toMatch(new RegExp(`^\\|.*\\b${code}\\b.*\\|.*\\|$`, "m"));
  });

  it("holds only command lines that are well formed", async () => {
    expect(calls.length).toBeGreaterThanOrEqual(7);
    for (const [command, ...args] of calls) await expect(settingsOf(command as Command, args)).resolves.toBeDefined();
  });

  it("names the defaults that are", async () => {
    const defaults = await settingsOf("wait", ["http://a"]);
    expect([
      (await settingsOf("check", ["http://a"])).asking.timeoutMs,
      defaults.giveUpMs,
      defaults.successes,
      defaults.intervalMs,
      defaults.asking.timeoutMs,
    ]).toEqual([2000, 300_000, 3, 1000, 2000]);
    for (const row of ["`check` | 2s", "`wait` | 5m", "`wait` | 3", "`wait`, `watch` | 1s", "`wait`, `watch` | 2s"])
      expect(page).toContain(`| ${row} |`);
  });
});
