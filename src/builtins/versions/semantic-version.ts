/** Versions as tags have them: `v1.2.3`, `1.2`, `release-2.0.0-rc.1`. Order is that of Semantic Versioning 2.0.0, section 11. */

export interface SemanticVersion {
  readonly numbers: readonly bigint[];
  /** Empty for a release. */
  readonly pre: readonly string[];
}

const FORM = /^(?:.*?[^0-9A-Za-z.+]|[A-Za-z]*)?(\d+(?:\.\d+){0,3})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** Undefined for what is no version. What stands before the first number (`v`, `app-`) does not count. */
export function parseSemanticVersion(text: string): SemanticVersion | undefined {
  const match = FORM.exec(text);
  if (match?.[1] === undefined) return undefined;
  const numbers = match[1].split('.').map(BigInt);
  while (numbers.length < 3) numbers.push(0n);
  return { numbers, pre: match[2]?.split('.') ?? [] };
}

/** Negative when `a` is the older one. */
export function compareSemanticVersions(a: SemanticVersion, b: SemanticVersion): number {
  for (let at = 0; at < Math.max(a.numbers.length, b.numbers.length); at += 1) {
    const [left, right] = [a.numbers[at] ?? 0n, b.numbers[at] ?? 0n];
    if (left !== right) return left < right ? -1 : 1;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return b.pre.length - a.pre.length;
  for (let at = 0; at < Math.max(a.pre.length, b.pre.length); at += 1) {
    const [left, right] = [a.pre[at], b.pre[at]];
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
    const order = compareIdentifiers(left, right);
    if (order !== 0) return order;
  }
  return 0;
}

function compareIdentifiers(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (left && right) return Math.sign(Number(BigInt(a) - BigInt(b)));
  if (left !== right) return left ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Those that have a version, oldest first; of the same version in the order given. */
export function sortByVersion<T>(items: readonly T[], textOf: (item: T) => string): T[] {
  return items
    .flatMap((item) => {
      const version = parseSemanticVersion(textOf(item));
      return version === undefined ? [] : [{ item, version }];
    })
    .sort((a, b) => compareSemanticVersions(a.version, b.version))
    .map(({ item }) => item);
}
