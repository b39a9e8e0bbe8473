/** Processes as the system lists them, and how they are made to stand still. */
import { readdirSync, readFileSync } from 'node:fs';

/** `SIGSTOP`; with `all` whatever it has started stands still, too. The returned function lets them go on. */
export function standStill(pid: number, all: boolean): () => void {
  const stopped: number[] = [];
  // What is stopped first starts nothing more.
  for (let found = [pid]; found.length > 0; found = all ? childrenOf(stopped) : []) {
    for (const each of found) if (signalTo(each, 'SIGSTOP')) stopped.push(each);
  }
  return () => {
    for (const each of stopped.toReversed()) signalTo(each, 'SIGCONT');
  };
}

/** Those of whom one of `parents` is the parent, and that are not among them. */
function childrenOf(parents: readonly number[]): number[] {
  return pids().filter((pid) => {
    const ppid = Number(/^\d+ \(.*\) \S (\d+)/s.exec(readProc(pid, 'stat'))?.[1] ?? 0);
    return parents.includes(ppid) && !parents.includes(pid);
  });
}

export function pids(): number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

/** Empty for a process that has ended just now. */
export function readProc(pid: number, file: 'stat' | 'environ' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

/** False when there is no such process any more. */
export function signalTo(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
