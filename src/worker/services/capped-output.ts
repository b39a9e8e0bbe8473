/**
 * Keeps the log of a talkative server small: what comes first goes through, and of what comes after that only the end is kept, for when the
 * server is stopped or has died.
 */
export interface CappedOutput {
  write(bytes: Uint8Array): Promise<void>;
  /** Hands on the end, after a line that says how much is missing. Nothing may be written any more. */
  finish(): Promise<void>;
}

export interface OutputCap {
  readonly firstBytes: number;
  readonly lastBytes: number;
}

export const SERVICE_LOG_CAP: OutputCap = { firstBytes: 2 * 1024 * 1024, lastBytes: 128 * 1024 };

export function createCappedOutput(write: (bytes: Uint8Array) => Promise<void>, cap: OutputCap): CappedOutput {
  const encoder = new TextEncoder();
  let passed = 0;
  let kept: Uint8Array[] = [];
  let keptBytes = 0;
  let left = 0;

  function keep(bytes: Uint8Array): void {
    kept.push(bytes.slice());
    keptBytes += bytes.byteLength;
    if (keptBytes <= 2 * cap.lastBytes) return;
    const whole = Buffer.concat(kept);
    const end = whole.subarray(whole.byteLength - cap.lastBytes);
    left += whole.byteLength - end.byteLength;
    kept = [new Uint8Array(end)];
    keptBytes = end.byteLength;
  }

  return {
    async write(bytes) {
      const room = cap.firstBytes - passed;
      if (room <= 0) return keep(bytes);
      const through = bytes.subarray(0, room);
      passed += through.byteLength;
      await write(through);
      if (bytes.byteLength <= room) return;
      await write(encoder.encode('\n(this log is long: only its end follows, when the service has ended)\n'));
      keep(bytes.subarray(room));
    },
    async finish() {
      if (keptBytes === 0) return;
      const whole = Buffer.concat(kept);
      const from = Math.max(0, whole.byteLength - cap.lastBytes);
      // Not from the middle of a line.
      const start = left + from === 0 ? 0 : whole.indexOf(0x0a, from) + 1;
      const missing = left + start;
      if (missing > 0) await write(encoder.encode(`(${Math.ceil(missing / 1024)} KiB are left out here)\n`));
      await write(new Uint8Array(whole.subarray(start)));
      kept = [];
      keptBytes = 0;
    },
  };
}
