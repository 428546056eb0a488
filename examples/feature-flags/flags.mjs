// One's own simple flags: a JSON file, as a ConfigMap mounts one. A flag is "on", "off", or "10%" for a tenth of the pods.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

/** 0 to 99: the same whenever it is asked, so that a pod stays in or out; another one for another flag. */
export const bucketOf = (flag, pod) => createHash("sha256").update(`${flag}/${pod}`).digest().readUInt32BE() % 100;

const isOn = (rule, flag, pod) => {
  if (rule === "on" || rule === "off") return rule === "on";
  const [, percent] = /^(\d+)%$/.exec(rule) ?? [];
  if (percent === undefined) throw new Error(`the flag ${flag} must be "on", "off" or like "10%"; got ${JSON.stringify(rule)}`);
  return bucketOf(flag, pod) < Number(percent);
};

/** Reads the file whenever a flag is asked for: a change needs no release and no restart. */
export const fileFlags = (file, pod) => async (flag) => {
  const rules = JSON.parse(await readFile(file, "utf8"));
  return isOn(rules[flag] ?? "on", flag, pod);
};
