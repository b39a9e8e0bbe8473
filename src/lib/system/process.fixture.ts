/** Processes for tests. */
import { expect } from 'bun:test';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OutputStream } from './output-pump.ts';
import { type ProcessSpec, type RunningProcess, startProcess } from './process.ts';
import { carriesCookie } from './process-cookie.ts';
import { listProcesses } from './process-table.ts';
import type { ProcessExit } from './spawn-child.ts';

export const env = { PATH: process.env.PATH ?? '/usr/bin:/bin' };
const open: RunningProcess[] = [];
const dirs: string[] = [];

/** To be called after each test. */
export async function cleanUp(): Promise<void> {
  await Promise.allSettled(open.splice(0).map((child) => child.terminate({ graceMs: 0 })));
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
}

export function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'pikoci-test-'));
  dirs.push(dir);
  return dir;
}

export function start(spec: Partial<ProcessSpec> & { argv: ProcessSpec['argv'] }): RunningProcess {
  const child = startProcess({ env, cwd: '/', onOutput: () => undefined, ...spec });
  open.push(child);
  return child;
}

export const sh = (script: string, spec: Partial<ProcessSpec> = {}): RunningProcess =>
  start({ ...spec, argv: ['sh', '-c', script] });

interface Outcome {
  readonly exit: ProcessExit;
  readonly stdout: string;
  readonly stderr: string;
}

export async function run(spec: Partial<ProcessSpec> & { argv: ProcessSpec['argv'] }): Promise<Outcome> {
  const text: Record<OutputStream, string> = { stdout: '', stderr: '' };
  const child = start({
    ...spec,
    onOutput: (chunk, stream) => {
      text[stream] += Buffer.from(chunk).toString();
    },
  });
  const exit = await child.waitMain();
  expect(await child.terminate({ graceMs: 0 })).toEqual({ survivors: [] });
  return { exit, ...text };
}

export const runSh = (script: string, spec: Partial<ProcessSpec> = {}): Promise<Outcome> =>
  run({ ...spec, argv: ['sh', '-c', script] });

/** A consumer that can be waited on until the output so far contains a text. */
export function collector() {
  let text = '';
  let changed = Promise.withResolvers<void>();
  return {
    onOutput: (chunk: Uint8Array): void => {
      text += Buffer.from(chunk).toString();
      changed.resolve();
      changed = Promise.withResolvers();
    },
    text: () => text,
    async until(part: string): Promise<string> {
      while (!text.includes(part)) await changed.promise;
      return text;
    },
  };
}

/** How many files this process has open. */
export const descriptors = (): number => readdirSync('/proc/self/fd').length;

export const carriers = (child: RunningProcess): number[] =>
  listProcesses()
    .filter((entry) => !entry.zombie && carriesCookie(entry.pid, child.traces.cookie))
    .map((entry) => entry.pid);
