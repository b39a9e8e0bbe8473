/**
 * Turns the bytes of a step's log into text piece by piece. A character whose bytes are cut by the end of a piece waits for the next;
 * bytes that are no UTF-8 become U+FFFD. Each text knows the byte offset it begins at.
 */
export class Utf8Cutter {
  #held: Uint8Array = new Uint8Array();
  #offset = 0;
  #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  /** `before`: the last bytes (3 are enough) ahead of the place where reading begins. */
  constructor(before: Uint8Array = new Uint8Array()) {
    this.#held = before.slice(before.length - incompleteTail(before));
  }

  /** Whether no bytes wait: then what the next piece becomes depends on that piece alone. */
  get isClean(): boolean {
    return this.#held.length === 0;
  }

  /** `offset` is that of the first byte of `bytes` in the log. */
  push(offset: number, bytes: Uint8Array): { offset: number; text: string } {
    const all = this.#held.length === 0 ? bytes : concat(this.#held, bytes);
    const begins = offset - this.#held.length;
    const cut = all.length - incompleteTail(all);
    this.#held = all.slice(cut);
    this.#offset = begins + cut;
    return { offset: begins, text: this.#decoder.decode(all.subarray(0, cut)) };
  }

  /** What is left when no more will come. */
  end(): { offset: number; text: string } {
    const text = this.#decoder.decode(this.#held);
    this.#held = new Uint8Array();
    return { offset: this.#offset, text };
  }
}

/** How many bytes at the end begin a character that is not complete: 0 to 3. */
function incompleteTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 && byte < 0xf5 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
    return byte < 0xf5 && length > back ? back : 0;
  }
  return 0;
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
