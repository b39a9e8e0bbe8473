/** Jars that a server of the tests is made of, brought once by Maven into a cache of the account's and checked against the sums that lie beside its `pom.xml`. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './find-program.ts';
import { runCommand } from './run-command.ts';

const GOAL = 'org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies';
const DOWNLOAD_MS = 180_000;

const sums = (project: string): ReadonlyMap<string, string> =>
  new Map(
    readFileSync(join(project, 'jars.sha256'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => {
        const [sum = '', name = ''] = line.split(/\s+/);
        return [name, sum];
      }),
  );

const sumOf = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex');

/** `project`: the directory of its `pom.xml` and `jars.sha256`. The directory they are in, or why they are not here, in a sentence. */
export async function mavenJars(
  name: string,
  project: string,
): Promise<{ readonly directory: string } | { readonly reason: string }> {
  const wanted = sums(project);
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'pikoci-tests');
  // Other jars, another directory.
  const directory = join(cache, `${name.toLowerCase()}-${sumOf([...wanted].join()).slice(0, 16)}`);
  if (existsSync(directory)) return { directory };
  if (findProgram('mvn') === undefined)
    return { reason: `mvn, which brings the jars of ${name}, is not installed (apt: maven)` };
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, `${name.toLowerCase()}-new-`));
  try {
    const { code, stdout } = await runCommand(
      'mvn',
      [
        ...['--batch-mode', '--quiet', '--file', join(project, 'pom.xml'), GOAL],
        ...['-DincludeScope=runtime', `-DoutputDirectory=${fresh}`],
      ],
      { timeoutMs: DOWNLOAD_MS },
    );
    const why = stdout.split('\n').find((line) => line.includes('ERROR'));
    if (code !== 0) return { reason: `Maven could not bring the jars of ${name}: ${why ?? `it ended with ${code}`}` };
    const wrong = [...wanted].filter(([name, sum]) => sumOf(readFileSync(join(fresh, name))) !== sum);
    const others = readdirSync(fresh).filter((name) => !wanted.has(name));
    if (wrong.length + others.length > 0) {
      throw new Error(`not the jars of jars.sha256: ${[...wrong.map(([name]) => name), ...others].join(', ')}`);
    }
    try {
      renameSync(fresh, directory);
    } catch (error) {
      // Another process was first.
      if (!existsSync(directory)) throw error;
    }
    return { directory };
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
