/** As much of BSON as it takes to ask a MongoDB whether it is ready. */

export type BsonValue = string | number | readonly string[];

/** Numbers become 32-bit integers. */
export function encodeBson(document: Readonly<Record<string, BsonValue>>): Buffer {
  const elements = Object.entries(document).map(([name, value]) => encodeElement(name, value));
  const body = Buffer.concat([...elements, Buffer.from([0])]);
  return Buffer.concat([int32(body.length + 4), body]);
}

function encodeElement(name: string, value: BsonValue): Buffer {
  const head = (type: number): Buffer => Buffer.from(`${String.fromCharCode(type)}${name}\0`, 'utf8');
  if (typeof value === 'number') return Buffer.concat([head(0x10), int32(value)]);
  if (typeof value === 'string') {
    const text = Buffer.from(`${value}\0`, 'utf8');
    return Buffer.concat([head(0x02), int32(text.length), text]);
  }
  return Buffer.concat([head(0x04), encodeBson(Object.fromEntries(value.map((item, at) => [String(at), item])))]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** The numbers and texts at the top of a document; what follows a type that is not known is left out. */
export function decodeBson(bytes: Buffer): Readonly<Record<string, number | string>> {
  const found: Record<string, number | string> = {};
  const end = Math.min(bytes.readInt32LE(0), bytes.length) - 1;
  for (let at = 4; at < end; ) {
    const type = bytes[at] ?? 0;
    const nameEnd = bytes.indexOf(0, at + 1);
    const name = bytes.toString('utf8', at + 1, nameEnd);
    at = nameEnd + 1;
    if (type === 0x01) found[name] = bytes.readDoubleLE(at);
    if (type === 0x10) found[name] = bytes.readInt32LE(at);
    if (type === 0x02) found[name] = bytes.toString('utf8', at + 4, at + 3 + bytes.readInt32LE(at));
    const size = sizeOf(type, bytes, at);
    if (size === undefined) break;
    at += size;
  }
  return found;
}

function sizeOf(type: number, bytes: Buffer, at: number): number | undefined {
  switch (type) {
    case 0x02:
      return 4 + bytes.readInt32LE(at);
    case 0x03:
    case 0x04:
      return bytes.readInt32LE(at);
    case 0x05:
      return 5 + bytes.readInt32LE(at);
    case 0x07:
      return 12;
    case 0x08:
      return 1;
    case 0x0a:
      return 0;
    case 0x10:
      return 4;
    case 0x01:
    case 0x09:
    case 0x11:
    case 0x12:
      return 8;
    default:
      return undefined;
  }
}
