import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { globMatcher } from '../../lib/glob.ts';

export interface FoundReports {
  /** Paths relative to the build's directory, in order. */
  readonly files: readonly string[];
  /** Patterns that nothing matched. */
  readonly unmatched: readonly string[];
}

const MOST_FILES = 10_000;

/**
 * The files of the build's directory that the patterns mean. Only the directories that a pattern can lead into are read. Links are followed
 * only where the pattern names them (`bazel-testlogs/**`), not where a wildcard meets them.
 */
export function findReports(workDir: string, patterns: readonly string[]): FoundReports {
  const files = new Set<string>();
  const unmatched: string[] = [];
  for (const pattern of patterns) {
    const clean = pattern.replace(/^(\.\/)+/, '');
    const before = files.size;
    const found = [...walk(workDir, fixedPart(clean))].filter(globMatcher(clean)).slice(0, MOST_FILES);
    for (const file of found) files.add(file);
    if (files.size === before && found.length === 0) unmatched.push(pattern);
  }
  return { files: [...files].sort(), unmatched };
}

/** The directories before the first part with a wildcard in it. */
function fixedPart(pattern: string): string {
  const parts = pattern.split('/');
  const wild = parts.findIndex((part) => /[*?[{]/.test(part));
  return parts.slice(0, wild < 0 ? parts.length - 1 : wild).join('/');
}

function* walk(root: string, dir: string): Generator<string> {
  const open = [dir];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    let entries: ReturnType<typeof readEntries>;
    try {
      entries = readEntries(join(root, next));
    } catch {
      // Not there, or not for us to read: then nothing in it matches.
      continue;
    }
    for (const entry of entries) {
      const path = next === '' ? entry.name : `${next}/${entry.name}`;
      if (entry.isDirectory()) open.push(path);
      else if (entry.isFile() && statSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true) yield path;
    }
  }
}

const readEntries = (dir: string) => readdirSync(dir, { withFileTypes: true });
