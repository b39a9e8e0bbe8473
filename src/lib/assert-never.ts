/** Ends a switch over a closed union: the compiler refuses a case that was forgotten; at run time it is a bug, so it throws. */
export function assertNever(value: never): never {
  throw new Error(`unexpected variant: ${JSON.stringify(value)}`);
}
