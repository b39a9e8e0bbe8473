/**
 * From many small writes to few log events, without making anybody wait for the first one: bytes after a silence leave at once, what
 * follows within 25 ms leaves together, and 256 KiB leave when they are there.
 *
 * A cut falls between characters where the bytes are UTF-8: at most 3 bytes of an unfinished one are kept for the next.
 */
export interface LogBatcher {
  /** The bytes are kept: do not write to them afterwards. Resolves when there is room for more: whoever produces them should wait for it. Rejects with what `send` rejected with. */
  write(bytes: Uint8Array): Promise<void>;
  /** Sends what is left, an unfinished character too. More may be written afterwards. */
  flush(): Promise<void>;
}

export const BATCH_MS = 25;
export const BATCH_BYTES = 256 * 1024;

export function createLogBatcher(send: (bytes: Uint8Array) => Promise<void>): LogBatcher {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let unsentBytes = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<void> = Promise.resolve();
  let failure: { readonly error: unknown } | undefined;

  function cut(final: boolean): void {
    const whole = concat(pending, pendingBytes);
    pending = [];
    pendingBytes = 0;
    const held = final ? 0 : unfinishedCharacter(whole);
    if (held > 0) {
      pending.push(whole.slice(whole.byteLength - held));
      pendingBytes = held;
    }
    const ready = whole.subarray(0, whole.byteLength - held);
    for (let at = 0; at < ready.byteLength; ) {
      let end = Math.min(at + BATCH_BYTES, ready.byteLength);
      if (end < ready.byteLength) end -= unfinishedCharacter(ready.subarray(at, end));
      const piece = ready.subarray(at, end);
      at = end;
      unsentBytes += piece.byteLength;
      sending = sending
        .then(() => (failure === undefined ? send(piece) : undefined))
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => {
          unsentBytes -= piece.byteLength;
        });
    }
  }

  function flushAfterQuiet(): void {
    timer = undefined;
    if (pendingBytes === 0) return;
    cut(false);
    timer = setTimeout(flushAfterQuiet, BATCH_MS);
  }

  return {
    async write(bytes) {
      if (bytes.byteLength > 0) {
        pending.push(bytes);
        pendingBytes += bytes.byteLength;
        if (timer === undefined) {
          cut(false);
          timer = setTimeout(flushAfterQuiet, BATCH_MS);
        } else if (pendingBytes >= BATCH_BYTES) {
          cut(false);
        }
        if (unsentBytes >= BATCH_BYTES) await sending;
      }
      if (failure !== undefined) throw failure.error;
    },
    async flush() {
      clearTimeout(timer);
      timer = undefined;
      cut(true);
      await sending;
      if (failure !== undefined) throw failure.error;
    },
  };
}

/** How many bytes at the end (0 to 3) begin a UTF-8 character that is not complete. */
export function unfinishedCharacter(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.byteLength); back += 1) {
    const byte = bytes[bytes.byteLength - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) {
      const length = byte >= 0xf8 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? back : 0;
    }
  }
  return 0;
}

function concat(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0];
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
