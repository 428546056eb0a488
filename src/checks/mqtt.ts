import type { Check } from "probekit";
import { currentOf } from "./shared/current.js";
import { isMqttClient, mqttClientOf, mqttLost, type MqttClient } from "./brokers/mqtt-client.js";
import { opened, pinged } from "./brokers/mqtt-question.js";
import { optionsOf } from "./shared/options.js";
import { sharedQuestion } from "./shared/shared-question.js";
import { quietly } from "./shared/under-signal.js";

/** What `mqttCheck` takes: the application's own client. */
export interface MqttInstance {
  readonly connected: boolean;
  readonly sendPing: () => unknown;
  readonly publish: (...args: never[]) => unknown;
  readonly subscribe: (...args: never[]) => unknown;
}

/** Options of {@link mqttCheck}: it has none yet. */
export type MqttCheckOptions = Readonly<Record<string, never>>;

/**
 * Sends PINGREQ over an MQTT client's own connection and waits for PINGRESP: a round trip to the server that publishes
 * nothing. MQTT 3.1.1 and 5, over whichever transport.
 *
 * A client that reconnects, was ended or is closed is an error at once, which names what its first connection came to;
 * one that connects for the first time is waited for. Where a PINGREQ is still unanswered from a run that timed out, the
 * next run waits for that one. MQTT.js stops reconnecting for good once the server refuses it (a rotated password, a broker
 * that is still starting); `reconnectOnConnackError: true` lets it go on. The client's own keepalive is not disturbed, and the client is never ended.
 * @param client a client of MQTT.js (5.6 or later), or a function that returns the present one
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example health.register("broker", mqttCheck(client));
 */
export const mqttCheck = (client: MqttInstance | (() => MqttInstance | undefined), options?: MqttCheckOptions): Check => {
  const current = currentOf(client, isMqttClient, mqttClientOf);
  optionsOf("mqttCheck", options, []);
  if (typeof client !== "function") learn(current());
  return async ({ signal }) => {
    const present = current();
    const why = mqttLost(present);
    if (why !== undefined) throw notConnected(why, refused.get(present));
    await ask(present, signal);
  };
};

// Whatever the number of checks, a client has one listener for each event, and one PINGREQ under way.

const refused = new WeakMap<MqttClient, Error>();
const opening = new WeakMap<MqttClient, Promise<void>>();

const ask = sharedQuestion(async (of: MqttClient) => {
  if (!of.connected) await firstConnection(of);
  refused.delete(of);
  await pinged(of);
});

/** Why a first connection failed is to be heard only while it is made, which may be over before the first run. */
const learn = (client: MqttClient): void => {
  if (!client.connected && mqttLost(client) === undefined) quietly(() => firstConnection(client));
};

const firstConnection = (client: MqttClient): Promise<void> => {
  const present = opening.get(client) ?? connected(client).finally(() => opening.delete(client));
  opening.set(client, present);
  return present;
};

const connected = async (client: MqttClient): Promise<void> => {
  try {
    await opened(client);
  } catch (error) {
    refused.set(client, error as Error);
    throw error;
  }
};

const notConnected = (why: string, last: Error | undefined): Error =>
  new Error(`not connected: ${why}${last === undefined ? "" : `; the last attempt: ${last.message}`}`, { cause: last });
