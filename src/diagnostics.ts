/** A channel of node:diagnostics_channel, as far as it is used. */
export interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

interface Diagnostics {
  channel(name: string): Channel;
}

// Asked for, not imported: a runtime without the module, or a bundle for a browser, does without.
const diagnostics = (): Diagnostics | undefined =>
  (globalThis as { process?: { getBuiltinModule?: (name: string) => Diagnostics | undefined } }).process?.getBuiltinModule?.("node:diagnostics_channel");

const quiet: Channel = { hasSubscribers: false, publish: () => {} };

const channelOf = (name: string): Channel => diagnostics()?.channel(name) ?? quiet;

const open = () => ({ change: channelOf("probekit:change"), run: channelOf("probekit:run") });

let opened: ReturnType<typeof open> | undefined;

/**
 * The channels that tell what the events tell, for agents that know no health: `probekit:change` and `probekit:run`.
 * They are opened when there is first something to tell: at import that would be a sixth of its time.
 */
export const channels = (): ReturnType<typeof open> => (opened ??= open());
