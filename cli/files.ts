import { readFileSync } from "node:fs";
import { plainText } from "./plain-text.js";
import { misused } from "./usage-error.js";

/**
 * A file that an option names, as text.
 * @throws a usage error that names the option, the file and the system's code
 */
export const readText = (option: string, file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    return misused(`${option} can't read ${plainText(file)} (${String((error as NodeJS.ErrnoException).code)})`);
  }
};
