import { hasMethods, member } from "../shared/duck.js";
import { kindOf } from "../shared/failure.js";
import type { Emitter, MqttClient } from "./mqtt-client.js";

/** What the codes of a refusing CONNACK mean: MQTT 3.1.1, table 3.1, and MQTT 5, section 3.2.2.2. */
const refusals: readonly (readonly [readonly number[], string])[] = [
  [[4, 5, 134, 135, 140], "authentication failed"],
  [[138], "not permitted: the client is banned"],
  [[2, 133], "the server refused the client's identifier"],
  [[1, 132], "the server doesn't speak this version of MQTT"],
  [[3, 136, 137], "the server is unavailable"],
];

const refusal = (code: number): Error => {
  const kind = refusals.find(([codes]) => codes.includes(code))?.[1];
  return new Error(`${kind ?? "the server refused the connection"} (CONNACK ${code})`);
};

const failed = (what: string, cause?: unknown): Error => new Error(what, { cause });

type Heard = readonly [emitter: Emitter, event: string, listener: (detail: unknown) => void];

type Decide = (resolve: () => void, reject: (error: unknown) => void) => readonly Heard[];

/** Settles by the first of some events that decides, and then listens to none of them any more. */
const decidedBy = (listen: Decide, begin: () => unknown): Promise<void> =>
  new Promise((resolve, reject) => {
    const end = (): void => {
      for (const [emitter, event, listener] of heard) emitter.removeListener(event, listener);
    };
    const fail = (error: unknown): void => {
      end();
      reject(error as Error);
    };
    const succeed = (): void => {
      end();
      resolve();
    };
    const heard = listen(succeed, fail);
    for (const [emitter, event, listener] of heard) emitter.on(event, listener);
    try {
      begin();
    } catch (error) {
      fail(error);
    }
  });

/**
 * Waits for a client's first connection. What goes wrong is heard on the stream and in the server's packet, and not as
 * the client's "error": a listener there would hide it from an application that has none.
 */
export const opened = (client: MqttClient): Promise<void> =>
  decidedBy((resolve, reject) => {
    const stream = member(client, "stream");
    const onError = (error: unknown): void => reject(failed(kindOf(error) ?? "not connected: the connection failed", error));
    const onPacket = (packet: unknown): void => {
      const code = member(packet, "reasonCode") ?? member(packet, "returnCode");
      if (member(packet, "cmd") === "connack" && typeof code === "number" && code > 0) reject(refusal(code));
    };
    const heard: Heard[] = [
      [client, "connect", resolve],
      [client, "packetreceive", onPacket],
      [client, "close", () => reject(failed("connection lost before the server accepted it"))],
    ];
    return hasMethods(stream, ["on", "removeListener"]) ? [...heard, [stream as Emitter, "error", onError]] : heard;
  }, () => {});

/**
 * Sends PINGREQ and waits for PINGRESP. The client takes that for a sign of life as it does one that it asked for
 * itself, and its own keepalive goes on counting meanwhile.
 */
export const pinged = (client: MqttClient): Promise<void> =>
  decidedBy((resolve, reject) => [
    [client, "packetreceive", (packet) => (member(packet, "cmd") === "pingresp" ? resolve() : undefined)],
    [client, "close", () => reject(failed("connection lost"))],
  ], () => {
    // Without a connection the client would keep the packet, to send it over the next one.
    if (!client.connected) throw failed("connection lost");
    client.sendPing();
  });
