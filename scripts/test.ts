/**
 * `npm test`: the build, then every check, then every test, then one line that counts them. Goes on after a failure, so that one run
 * shows all of them; a check counts as one test. `npm test -- PATTERN` runs only the tests whose path holds it.
 *
 * Tests run in two lanes, because most of them wait for something: each takes the next group when it has done one. What is in a group runs one
 * after the other, in a process of its own.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const patterns = process.argv.slice(2);
const TEST_TIMEOUT_MS = 120_000;
let passed = 0;
let failed = 0;
let skipped = 0;

interface Finished {
  readonly code: number;
  readonly output: string;
}

function run(
  command: string,
  args: readonly string[],
  { env = process.env, live = true }: { readonly env?: NodeJS.ProcessEnv; readonly live?: boolean } = {},
): Promise<Finished> {
  return new Promise((done, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer): void => {
      if (live) process.stdout.write(chunk);
      output += chunk.toString('utf8');
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (code) => done({ code: code ?? 1, output }));
  });
}

async function check(title: string, command: string, args: readonly string[]): Promise<boolean> {
  process.stdout.write(`\n== ${title}\n`);
  const { code } = await run(command, args);
  if (code === 0) passed += 1;
  else failed += 1;
  return code === 0;
}

/**
 * Counts what `bun test` says at its end; a run that ended badly without a count is one failure. Tests leave nothing behind: whatever is
 * left in the directory for temporary files is one failure more.
 */
async function tests(title: string, paths: readonly string[], live = true): Promise<void> {
  const began = performance.now();
  if (live) process.stdout.write(`\n== ${title}\n`);
  // Its path is short, because sockets lie in it; open to all, as /tmp is, because database servers run as another account.
  const TMPDIR = mkdtempSync(join(tmpdir(), 'pt-'));
  chmodSync(TMPDIR, 0o1777);
  const args = ['test', `--timeout=${TEST_TIMEOUT_MS}`, ...paths];
  const { code, output } = await run(process.execPath, args, { env: { ...process.env, TMPDIR }, live });
  // Of two at a time, each is shown when it is over.
  if (!live) process.stdout.write(`\n== ${title} (${Math.round((performance.now() - began) / 1_000)} s)\n${output}`);
  const left = readdirSync(TMPDIR);
  rmSync(TMPDIR, { recursive: true, force: true });
  if (left.length > 0) {
    process.stdout.write(`(fail) tests left behind, in the directory for temporary files: ${left.join(', ')}\n`);
    failed += 1;
  }
  const count = (word: string): number => Number(new RegExp(`^\\s*(\\d+) ${word}$`, 'm').exec(output)?.[1] ?? 0);
  passed += count('pass');
  skipped += count('skip');
  failed += count('fail') === 0 && code !== 0 ? 1 : count('fail');
}

interface Group {
  readonly path: string;
  /** Starts a Docker engine: two at a time get into each other's way. */
  readonly docker: boolean;
}

const LANES = 2;

/** `groups`: those first that take longest, so that none is alone in the end. */
async function inLanes(groups: readonly Group[]): Promise<void> {
  const waiting = [...groups];
  let dockerInUse = false;
  const lane = async (): Promise<void> => {
    for (;;) {
      const at = waiting.findIndex(({ docker }) => !docker || !dockerInUse);
      const [next] = at < 0 ? [] : waiting.splice(at, 1);
      // Whoever has the engine does the rest, too.
      if (next === undefined) return;
      if (next.docker) dockerInUse = true;
      await tests(next.path.slice('./'.length), [next.path], false);
      if (next.docker) dockerInUse = false;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** Rooms and files whose tests start an engine, or run examples that do. */
const DOCKER =
  /^\.\/(src\/(worker|builtins)|test\/servers|test\/e2e\/(examples|runners|seed-pipelines|services-in-containers|stored-secrets|services)\.test\.ts)$/;
/** What takes a minute or more, longest first. */
const LONG = ['./src/store', './src/worker', './src/queue', './src/server', './src/builtins'];

const group = (path: string): Group => ({ path, docker: DOCKER.test(path) });
const place = (path: string): number => (LONG.indexOf(path) + LONG.length + 1) % (LONG.length + 1);

function unitGroups(): Group[] {
  const rooms = readdirSync(join(root, 'src')).map((room) => `./src/${room}`);
  const paths = [...rooms.filter(hasTests), './test/architecture', './bench'];
  return paths.sort((one, other) => place(one) - place(other)).map(group);
}

function endToEndGroups(): Group[] {
  const files = ['e2e', 'browser'].flatMap((folder) =>
    readdirSync(join(root, 'test', folder))
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => `./test/${folder}/${name}`),
  );
  // Larger ones take longer, more or less.
  const size = (path: string): number => statSync(join(root, path)).size;
  return ['./test/servers', ...files.sort((one, other) => size(other) - size(one))].map(group);
}

function hasTests(path: string): boolean {
  return readdirSync(join(root, path), { recursive: true }).some((name) => String(name).endsWith('.test.ts'));
}

if (patterns.length > 0) {
  await tests(`tests: ${patterns.join(' ')}`, patterns);
} else {
  const npm = (script: string): [string, string[]] => ['npm', ['run', '--silent', script]];
  const built = await check('build', ...npm('build'));
  for (const script of ['lint', 'types', 'types:ui', 'unused']) await check(script, ...npm(script));
  await inLanes(unitGroups());
  if (built) {
    await inLanes(endToEndGroups());
    // It kills and stops at random, by the seconds: nothing beside it.
    await tests('chaos', ['./test/chaos']);
  } else {
    process.stdout.write('\nthe end-to-end tests were left out: there is no executable\n');
  }
}
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
