import { described, hasMethods, member, refuseClient } from "../shared/duck.js";

/** What emits events and takes listeners back. */
export type Emitter = Record<"on" | "removeListener", (event: string, listener: (detail: unknown) => void) => unknown>;

/** An MQTT.js client as the check sees it. */
export interface MqttClient extends Emitter {
  readonly connected: boolean;
  sendPing(): unknown;
}

const wanted = "a client of MQTT.js (5.6 or later), or a function that returns the present one";

const refuse = (got: string): never => refuseClient("mqttCheck", wanted, got);

/** Whether a value is a client, of whichever version. */
export const isMqttClient = (value: unknown): boolean =>
  hasMethods(value, ["publish", "subscribe", "end", "on", "removeListener"]) && typeof member(value, "connected") === "boolean";

/** A client by its shape. @throws HealthError `invalid-client` for anything else */
export const mqttClientOf = (value: unknown): MqttClient => {
  if (hasMethods(value, ["connect", "connectAsync"])) return refuse("the mqtt package itself");
  if (!isMqttClient(value)) return refuse(described(value));
  return hasMethods(value, ["sendPing"]) ? (value as MqttClient) : refuse("an MQTT.js client older than 5.6, which has no sendPing()");
};

/** Why a client can't be asked; `undefined` while it is connected, or is connecting for the first time. */
export const mqttLost = (client: MqttClient): string | undefined => {
  if (member(client, "disconnecting") === true || member(client, "disconnected") === true) return "the client was ended";
  if (client.connected) return undefined;
  // MQTT.js gives up for good when the server refuses it, unless told otherwise (reconnectOnConnackError).
  if (member(client, "reconnecting") === true) return gaveUp(client) ? "the server refused the client, which does not reconnect" : "reconnecting";
  const stream = member(client, "stream");
  if (stream === undefined || stream === null) return "connect() was not called on the client";
  return member(stream, "destroyed") === true ? "closed, and the client does not reconnect" : undefined;
};

const gaveUp = (client: MqttClient): boolean => member(client, "reconnectSuppressed") === true;
