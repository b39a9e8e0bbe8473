/**
 * One signal that aborts with the first of several, and lets go of them when it is disposed of. `AbortSignal.any` holds on to a
 * long-lived source for as long as the source lives, which a server that answers a million requests cannot have.
 */
export function linkSignals(...sources: readonly AbortSignal[]): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const undo: (() => void)[] = [];
  const release = (): void => {
    for (const step of undo.splice(0)) step();
  };
  for (const source of sources) {
    if (source.aborted) {
      controller.abort(source.reason);
      break;
    }
    const onAbort = (): void => {
      release();
      controller.abort(source.reason);
    };
    source.addEventListener('abort', onAbort, { once: true });
    undo.push(() => source.removeEventListener('abort', onAbort));
  }
  return { signal: controller.signal, [Symbol.dispose]: release };
}
