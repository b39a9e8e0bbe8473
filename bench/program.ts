/** The program under test and how it is started: the built executable, in a directory and an environment of its own. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** What a measurement starts: argv[0] and what comes before its arguments. `PIKOCI_BENCH_PROGRAM` names another one, for comparisons. */
export const PROGRAM = resolve(process.env.PIKOCI_BENCH_PROGRAM ?? join(import.meta.dirname, '../dist/pikoci'));

export interface Workplace extends Disposable {
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
  write(name: string, content: string): string;
}

export function workplace(): Workplace {
  const path = mkdtempSync(join(tmpdir(), 'pikoci-bench-'));
  return {
    path,
    environment: { PATH: process.env.PATH ?? '', HOME: path },
    write(name, content) {
      writeFileSync(join(path, name), content);
      return name;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

export function requireProgram(): void {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is not there; build it first: npm run build`);
}

/** How long a command takes from its start to its end, in ms. It must succeed; its output goes nowhere. */
export async function timeCommand(command: string, args: readonly string[], at: Workplace): Promise<number> {
  const begun = performance.now();
  const child = spawn(command, args, { cwd: at.path, env: at.environment, stdio: 'ignore' });
  const code = await new Promise<number | null>((done, failed) => {
    child.on('error', failed);
    child.on('exit', done);
  });
  const took = performance.now() - begun;
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} exited ${code}; run it by hand to see why`);
  return took;
}

/**
 * Runs several measurements in turn, `runs` times each after `warmUps` that do not count, so that whatever else the machine does meanwhile
 * meets all of them alike. Gives the samples in the order of the measurements.
 */
export async function interleave(
  measurements: readonly (() => Promise<number>)[],
  { runs, warmUps }: { readonly runs: number; readonly warmUps: number },
): Promise<readonly (readonly number[])[]> {
  const samples: number[][] = measurements.map(() => []);
  for (let run = -warmUps; run < runs; run++) {
    for (const [i, measure] of measurements.entries()) {
      const value = await measure();
      if (run >= 0) samples[i]?.push(value);
    }
  }
  return samples;
}
