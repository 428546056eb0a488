import type { Check, CheckVerdict } from "probekit";
import { described, hasMethods, member, refuseClient } from "./shared/duck.js";
import { optionsOf } from "./shared/options.js";

/** What `openFeatureCheck` takes: a client of OpenFeature's SDK. */
export interface OpenFeatureInstance {
  readonly providerStatus: string;
  readonly getBooleanValue: (...args: never[]) => unknown;
}

/** Options of {@link openFeatureCheck}: it has none yet. */
export type OpenFeatureCheckOptions = Readonly<Record<string, never>>;

/**
 * Reads the state of an OpenFeature client's provider: whether its feature flags are known. It evaluates no flag and
 * sends nothing, so that it costs nothing.
 *
 * READY is ok; STALE (flags may be out of date) and RECONCILING warn; NOT_READY, ERROR and FATAL are errors: without a
 * provider every flag has its default, which is often no reason to be out of traffic, hence `critical: false`. `data`
 * holds `providerStatus` and the provider's name.
 * The states: https://openfeature.dev/specification/sections/flag-evaluation#17-provider-lifecycle-management
 * @param client of `@openfeature/server-sdk`, or of the web SDK, from the version on that has `providerStatus`
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example health.register("flags", openFeatureCheck(OpenFeature.getClient()), { critical: false });
 */
export const openFeatureCheck = (client: OpenFeatureInstance, options?: OpenFeatureCheckOptions): Check => {
  const given = clientOf(client);
  optionsOf("openFeatureCheck", options, []);
  return () => {
    const { providerStatus } = given;
    const provider = member(member(member(given, "metadata"), "providerMetadata"), "name");
    return { ...verdictOn(providerStatus), data: { providerStatus, provider } };
  };
};

const expected = "a client of OpenFeature's SDK, which has a providerStatus";

const clientOf = (client: unknown): OpenFeatureInstance => {
  const isClient = hasMethods(client, ["getBooleanValue"]);
  if (isClient && typeof member(client, "providerStatus") === "string") return client as OpenFeatureInstance;
  return refuseClient("openFeatureCheck", expected, isClient ? "an older one, which has none" : what(client));
};

const what = (client: unknown): string => (hasMethods(client, ["getClient"]) ? "the API itself; call its getClient()" : described(client));

const verdicts: Readonly<Record<string, CheckVerdict>> = {
  READY: { status: "ok" },
  STALE: { status: "warn", message: "the provider's flags may be out of date (STALE)" },
  RECONCILING: { status: "warn", message: "the provider's flags are being brought up to date (RECONCILING)" },
  NOT_READY: { status: "error", message: "the provider is not ready (NOT_READY)" },
  ERROR: { status: "error", message: "the provider failed (ERROR)" },
  FATAL: { status: "error", message: "the provider failed for good (FATAL)" },
};

const unknown: CheckVerdict = { status: "error", message: "the provider is in a state that OpenFeature doesn't know" };

const verdictOn = (providerStatus: string): CheckVerdict => (Object.hasOwn(verdicts, providerStatus) ? verdicts[providerStatus]! : unknown);
