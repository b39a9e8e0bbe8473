/**
 * Counts which of the objects that were shown to it somebody still holds. For tests that something does not keep what passes through it: how much memory
 * a process has says little about that, because it is the collector's affair.
 */
export function keptObjects() {
  const shown: WeakRef<object>[] = [];
  return {
    show(object: object): void {
      shown.push(new WeakRef(object));
    },
    /** From 0, nothing is held, to 1. A collector that looks at the stack finds a few that are held by nobody. */
    async share(): Promise<number> {
      // What was looked at is held to the end of the turn.
      await new Promise((resolve) => setTimeout(resolve, 1));
      Bun.gc(true);
      return shown.filter((reference) => reference.deref() !== undefined).length / shown.length;
    },
  };
}
