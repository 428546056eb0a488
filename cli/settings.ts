import { argumentsOf, type Arguments } from "./arguments.js";
import type { Asking } from "./ask.js";
import { durationOf } from "./duration.js";
import { expectationsOf } from "./expectations.js";
import { headersOf } from "./headers.js";
import type { Command } from "./options.js";
import { targetOf, type Target } from "./target.js";
import { tlsSettings } from "./tls-settings.js";
import { misused } from "./usage-error.js";

/** What the command line asks for. */
export interface Settings {
  readonly targets: readonly Target[];
  readonly asking: Asking;
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** Of wait: when it gives up, in milliseconds. */
  readonly giveUpMs: number;
  /** Of wait and watch, in milliseconds. */
  readonly intervalMs: number;
  /** Of wait: how many times in a row. */
  readonly successes: number;
}

const countOf = (option: string, text: string): number =>
  /^[1-9]\d{0,3}$/.test(text)
    ? Number(text)
    : misused(`${option} takes a whole number from 1 to 9999; got ${JSON.stringify(text.slice(0, 40))}`);

const targetsOf = (command: Command, { words, options }: Arguments): Target[] => {
  if (words.length === 0) misused(`${command} needs a URL: probekit ${command} http://127.0.0.1:3000/health/ready`);
  if (command === "check" && words.length > 1) misused(`check takes one URL; got ${words.length}`);
  return words.map((word) => targetOf(word, options.get("unix-socket")?.[0]));
};

/**
 * Reads what stands after a command, files included.
 * @throws a usage error for the first thing that is wrong
 */
export const settingsOf = async (command: Command, args: readonly string[]): Promise<Settings> => {
  const given = argumentsOf(command, args);
  const { options } = given;
  const one = (name: string): string | undefined => options.get(name)?.[0];
  const duration = (name: string, otherwise: string): number => durationOf(`--${name}`, one(name) ?? otherwise);
  const tls = { ca: one("ca"), cert: one("cert"), key: one("key"), servername: one("servername"), isInsecure: options.has("insecure") };
  return {
    targets: targetsOf(command, given),
    asking: {
      timeoutMs: command === "check" ? duration("timeout", "2s") : duration("request-timeout", "2s"),
      headers: headersOf(options.get("header") ?? []),
      expectations: expectationsOf(options.get("expect") ?? []),
      tls: await tlsSettings(tls),
    },
    isJson: options.has("json"),
    isQuiet: options.has("quiet"),
    giveUpMs: duration("timeout", "5m"),
    intervalMs: duration("interval", "1s"),
    successes: countOf("--successes", one("successes") ?? "3"),
  };
};
