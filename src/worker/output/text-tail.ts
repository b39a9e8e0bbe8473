/** Keeps the end of what was written, for messages. */
export interface TextTail {
  push(bytes: Uint8Array): void;
  text(): string;
  /** All of it on one line, for a message: its end, when it is long. */
  oneLine(): string;
}

const LONGEST_LINE = 400;

export function createTextTail(limitBytes: number): TextTail {
  let parts: Uint8Array[] = [];
  let size = 0;
  const text = (): string => {
    const whole = Buffer.concat(parts);
    const kept = whole.subarray(Math.max(0, whole.byteLength - limitBytes));
    return kept.toString('utf8').replace(/^\ufffd{1,3}/, '');
  };
  return {
    push(bytes) {
      parts.push(bytes.slice(Math.max(0, bytes.byteLength - limitBytes)));
      size += parts.at(-1)?.byteLength ?? 0;
      if (size > 4 * limitBytes || parts.length > 256) {
        const whole = Buffer.concat(parts);
        parts = [new Uint8Array(whole.subarray(Math.max(0, whole.byteLength - limitBytes)))];
        size = parts[0]?.byteLength ?? 0;
      }
    },
    text,
    oneLine: () => text().trim().replace(/\s+/g, ' ').slice(-LONGEST_LINE),
  };
}
