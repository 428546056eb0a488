import { byteLength } from "../bounded.js";

/** A body with places for the moment's timestamp and uptime, so that the rest is written once for each change. */
export interface Template {
  /** One part, or three: around the timestamp and the uptime. */
  readonly parts: readonly [string] | readonly [string, string, string];
  /** Bytes of UTF-8 that the parts take. */
  readonly bytes: number;
}

/** A template of these parts. */
export const template = (...parts: Template["parts"]): Template => ({ parts, bytes: parts.reduce((sum, part) => sum + byteLength(part), 0) });
