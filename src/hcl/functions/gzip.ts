/*
 * A gzip stream (RFC 1952) with one block of fixed Huffman codes (RFC 1951). It finds repetitions by a table of the last
 * place of every three bytes: a small coder for small texts, in the browser too.
 */
const LENGTH_BASES = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASES = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
];
const LONGEST = 258;
const FARTHEST = 32_768;

class BitWriter {
  readonly bytes: number[] = [];
  #held = 0;
  #count = 0;

  /** The lowest bit first. */
  write(value: number, count: number): void {
    for (let bit = 0; bit < count; bit += 1) {
      this.#held |= ((value >> bit) & 1) << this.#count;
      this.#count += 1;
      if (this.#count === 8) this.flush();
    }
  }

  /** Huffman codes go the highest bit first. */
  writeCode(code: number, count: number): void {
    for (let bit = count - 1; bit >= 0; bit -= 1) this.write((code >> bit) & 1, 1);
  }

  flush(): void {
    if (this.#count === 0) return;
    this.bytes.push(this.#held);
    this.#held = 0;
    this.#count = 0;
  }
}

export function gzip(data: Uint8Array): Uint8Array {
  const out = new BitWriter();
  out.bytes.push(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);
  out.write(1, 1);
  out.write(1, 2);
  writeSymbols(data, out);
  writeLiteral(256, out);
  out.flush();
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, crc32(data), true);
  trailer.setUint32(4, data.length, true);
  return Uint8Array.from([...out.bytes, ...new Uint8Array(trailer.buffer)]);
}

function writeSymbols(data: Uint8Array, out: BitWriter): void {
  const lastPlace = new Map<number, number>();
  for (let at = 0; at < data.length; ) {
    const key = ((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0);
    const before = at + 2 < data.length ? lastPlace.get(key) : undefined;
    lastPlace.set(key, at);
    let length = 0;
    if (before !== undefined && at - before <= FARTHEST) {
      while (length < LONGEST && at + length < data.length && data[before + length] === data[at + length]) length += 1;
    }
    if (before !== undefined && length >= 3) {
      writeRepetition(length, at - before, out);
      at += length;
    } else {
      writeLiteral(data[at] ?? 0, out);
      at += 1;
    }
  }
}

function writeLiteral(symbol: number, out: BitWriter): void {
  if (symbol < 144) out.writeCode(0x30 + symbol, 8);
  else if (symbol < 256) out.writeCode(0x190 + symbol - 144, 9);
  else if (symbol < 280) out.writeCode(symbol - 256, 7);
  else out.writeCode(0xc0 + symbol - 280, 8);
}

function writeRepetition(length: number, distance: number, out: BitWriter): void {
  const lengthCode = LENGTH_BASES.findLastIndex((base) => base <= length);
  writeLiteral(257 + lengthCode, out);
  out.write(length - (LENGTH_BASES[lengthCode] ?? 0), LENGTH_EXTRA[lengthCode] ?? 0);
  const distanceCode = DISTANCE_BASES.findLastIndex((base) => base <= distance);
  out.writeCode(distanceCode, 5);
  out.write(distance - (DISTANCE_BASES[distanceCode] ?? 0), Math.max(0, (distanceCode >> 1) - 1));
}

function crc32(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
