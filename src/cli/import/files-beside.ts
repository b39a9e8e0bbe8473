/** Files that a pipeline names: task files, includes. They are looked for beside it, and up to the top of its repository. */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

const MOST_BYTES = 1024 * 1024;
const MOST_LEVELS = 8;

/** Reads a path that a pipeline names, if such a file lies there; nothing outside of its repository. */
export function filesBeside(pipeline: string): (path: string) => string | undefined {
  const places = placesFrom(dirname(pipeline));
  const top = places.at(-1) ?? dirname(pipeline);
  return (path) => {
    for (const place of places) {
      const text = readWithin(top, join(place, path));
      if (text !== undefined) return text;
    }
    return undefined;
  };
}

/** The directory, and those above it up to one with `.git`; without one, the directory alone. */
function placesFrom(directory: string): string[] {
  const places = [directory];
  for (let place = directory; places.length < MOST_LEVELS; place = dirname(place)) {
    if (place !== directory) places.push(place);
    if (existsSync(join(place, '.git'))) return places;
    if (place === dirname(place)) break;
  }
  return [directory];
}

function readWithin(top: string, path: string): string | undefined {
  try {
    const real = realpathSync(path);
    if (!real.startsWith(realpathSync(top) + sep)) return undefined;
    const { size } = statSync(real);
    return size <= MOST_BYTES ? readFileSync(real, 'utf8') : undefined;
  } catch {
    // Not there, or not for us: either way it is reported as not found, where it is named.
    return undefined;
  }
}
