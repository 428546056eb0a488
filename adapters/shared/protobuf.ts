/** A field of a message: its number, and a number or, of everything that has a length, its bytes. */
export type Field = readonly [field: number, value: number | Buffer];

const malformed = (): never => {
  throw new Error("malformed protobuf message");
};

const varintAt = (bytes: Buffer, at: number): [value: number, end: number] => {
  let value = 0;
  for (let index = 0; index < 10; index++) {
    const byte = bytes[at + index] ?? malformed();
    value += (byte % 128) * 2 ** (7 * index);
    if (byte < 128) return [value, at + index + 1];
  }
  return malformed();
};

const varint = (value: number): number[] => (value < 128 ? [value] : [128 + (value % 128), ...varint(Math.floor(value / 128))]);

/** Lengths of the wire types that have a fixed one. */
const fixed: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/**
 * The fields of a message that are varints or have a length, in order; numbers of fixed width are left out.
 * Wire format: https://protobuf.dev/programming-guides/encoding/
 * @throws Error when it is no message, or has a group
 */
export const fieldsOf = function* (bytes: Buffer): Generator<Field> {
  let at = 0;
  while (at < bytes.length) {
    const [tag, start] = varintAt(bytes, at);
    const [field, wire] = [Math.floor(tag / 8), tag % 8];
    const [head, begin] = wire === 0 || wire === 2 ? varintAt(bytes, start) : [fixed[wire] ?? malformed(), start];
    at = wire === 0 ? begin : begin + head;
    if (at > bytes.length) malformed();
    if (wire === 0) yield [field, head];
    if (wire === 2) yield [field, bytes.subarray(begin, at)];
  }
};

/** A field whose value is a small number; the default, 0, is not written. */
export const numberField = (field: number, value: number): Buffer => (value === 0 ? Buffer.alloc(0) : Buffer.from([field * 8, ...varint(value)]));

/** A field that has a length. */
export const bytesField = (field: number, bytes: Buffer): Buffer => Buffer.concat([Buffer.from([field * 8 + 2, ...varint(bytes.length)]), bytes]);

/** The last bytes of a field: none when it is absent, because an absent field has its default. */
export const bytesOf = (message: Buffer, wanted: number): Buffer => {
  let found = Buffer.alloc(0);
  for (const [field, value] of fieldsOf(message)) if (field === wanted && typeof value !== "number") found = value as typeof found;
  return found;
};
