import { CodedError } from '../../lib/coded-error.ts';

/** The number of `--limit`. `what`: `builds`. Throws `usage.bad_value`. */
export function readLimit(text: string, what: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new CodedError('usage.bad_value', `--limit: "${text}" is not a number of ${what}`);
}

/** The first `wanted` items of a list that comes in pages of at most `most`. */
export async function collectPages<Item>(
  wanted: number,
  most: number,
  page: (query: {
    limit: number;
    after: string | undefined;
  }) => Promise<{ items: readonly Item[]; next?: string | undefined }>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let after: string | undefined; items.length < wanted; ) {
    const found = await page({ limit: Math.min(most, wanted - items.length), after });
    items.push(...found.items);
    after = found.next;
    if (after === undefined) break;
  }
  return items;
}
