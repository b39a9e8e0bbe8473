import { readdirSync, readFileSync } from 'node:fs';

const EVERY_MS = 10;

/**
 * Looks at the command line of every process of this machine, again and again, until it is stopped: `stop` gives those that held one
 * of the texts. What lives shorter than a look is not seen, so what is watched should stay for a while.
 */
export function watchCommandLines(texts: readonly string[]): { stop(): readonly string[] } {
  const found = new Set<string>();
  const known = new Map<string, string>();
  const look = (): void => {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      const line = commandLine(pid);
      if (known.get(pid) === line) continue;
      known.set(pid, line);
      if (texts.some((text) => line.includes(text))) found.add(line.replaceAll('\0', ' '));
    }
  };
  const timer = setInterval(look, EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      return [...found];
    },
  };
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    // It ended just now.
    return '';
  }
}
