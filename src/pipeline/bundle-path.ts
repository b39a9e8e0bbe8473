/** Where a text lies that names files beside it: in the bundle, or at an address, where there are none. */
export type TextPlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'address'; readonly url: string };

/** The directory part of a path in a bundle: `''` for a file at the top. Paths in a bundle have forward slashes. */
export function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/**
 * A path as the main file writes it (`./types/x.hcl`), as a key of the bundle. Undefined when it is absolute or leads out of the directory of the
 * bundle.
 */
export function joinInside(main: string, path: string): string | undefined {
  return directoryInside(main, path) || undefined;
}

/** The same for a directory: `''` is the directory of the bundle itself. */
export function directoryInside(main: string, path: string): string | undefined {
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path) || path.includes('\0')) return undefined;
  const parts: string[] = [];
  for (const part of `${directoryOf(main)}/${path.replaceAll('\\', '/')}`.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}
