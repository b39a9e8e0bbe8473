/**
 * Keeps the memory small through which very much flows. Buffers are garbage as soon as they are passed on, but the runtime collects only when there is as much
 * garbage as there was heap before, and more of it the more memory the machine has: a hundred megabytes where two are in use.
 */
const EVERY_BYTES = 24 * 1024 * 1024;

/** To be told of what passes through; collects what is left of it now and then. */
export function createBufferToll(collect: () => void = () => Bun.gc(true)): (bytes: number) => void {
  let passed = 0;
  return (bytes) => {
    passed += bytes;
    if (passed < EVERY_BYTES) return;
    passed = 0;
    collect();
  };
}
