/**
 * Asks again until the answer is not `undefined`, and gives it. What is watched here is another program, seen from outside; there is
 * no event to wait for. Fails with the last error after the time.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  { timeoutMs = 30_000, everyMs = 50 }: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new Error(`${what}: not within ${timeoutMs / 1_000} s${last === undefined ? '' : ` (${String(last)})`}`);
}
