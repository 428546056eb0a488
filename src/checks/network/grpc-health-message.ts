/**
 * `grpc.health.v1.HealthCheckRequest`, whose only field is the service's name:
 * https://github.com/grpc/grpc-proto/blob/master/grpc/health/v1/health.proto
 */
export const healthCheckRequest = (service: string): Buffer => {
  const name = Buffer.from(service);
  return name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
};

const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]);

/** Lengths of the wire types that have a fixed one: https://protobuf.dev/programming-guides/encoding/ */
const fixed: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

const malformed = (): never => {
  throw new Error("the server's answer is no HealthCheckResponse");
};

const varintAt = (bytes: Uint8Array, at: number): [value: number, end: number] => {
  let value = 0;
  for (let index = 0; index < 10; index++) {
    const byte = bytes[at + index] ?? malformed();
    value += (byte % 128) * 2 ** (7 * index);
    if (byte < 128) return [value, at + index + 1];
  }
  return malformed();
};

/** Where the value of a field ends that begins at `at`. */
const endOf = (bytes: Uint8Array, wire: number, at: number): number => {
  const [head, begin] = wire === 0 || wire === 2 ? varintAt(bytes, at) : [fixed[wire] ?? malformed(), at];
  const end = wire === 0 ? begin : begin + head;
  return end > bytes.length ? malformed() : end;
};

/**
 * The number of the status in a `grpc.health.v1.HealthCheckResponse`; 0, UNKNOWN, where it is not written.
 * @throws Error when it is no such message
 */
export const servingStatusOf = (bytes: Uint8Array): number => {
  let [status, at] = [0, 0];
  while (at < bytes.length) {
    const [tag, start] = varintAt(bytes, at);
    if (tag === 8) [status] = varintAt(bytes, start);
    at = endOf(bytes, tag % 8, start);
  }
  return status;
};
