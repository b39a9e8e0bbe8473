import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Temporary directories for the tests of one file, which removes them after each test. */
export function freshDirs(name: string) {
  const dirs: string[] = [];
  return {
    fresh(): string {
      const dir = mkdtempSync(join(tmpdir(), `pikoci-${name}-`));
      dirs.push(dir);
      return dir;
    },
    removeAll(): void {
      for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
    },
  };
}
