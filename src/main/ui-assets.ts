import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/**
 * The built pages: address (`/assets/index-x.js`) to a path that can be read. The build replaces this file by one that embeds them
 * in the executable (scripts/build.ts); run from source, they are read from `dist/ui` where a build left them.
 */
export function uiAssets(): ReadonlyMap<string, string> {
  const root = join(import.meta.dirname, '../../dist/ui');
  if (!existsSync(root)) return new Map();
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [`/${relative(root, path).split(sep).join('/')}`, path];
    }),
  );
}
