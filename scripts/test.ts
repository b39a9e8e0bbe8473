/**
 * `npm test`: the build, then every check, then every test, then one line that counts them. Goes on after a failure, so that one run
 * shows all of them; a check counts as one test. `npm test -- PATTERN` runs only the tests whose path holds it.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
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

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Finished> {
  return new Promise((done, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer): void => {
      process.stdout.write(chunk);
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
async function tests(title: string, paths: readonly string[]): Promise<void> {
  process.stdout.write(`\n== ${title}\n`);
  // Its path is short, because sockets lie in it; open to all, as /tmp is, because database servers run as another account.
  const TMPDIR = mkdtempSync(join(tmpdir(), 'pt-'));
  chmodSync(TMPDIR, 0o1777);
  const args = ['test', `--timeout=${TEST_TIMEOUT_MS}`, ...paths];
  const { code, output } = await run(process.execPath, args, { ...process.env, TMPDIR });
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

if (patterns.length > 0) {
  await tests(`tests: ${patterns.join(' ')}`, patterns);
} else {
  const npm = (script: string): [string, string[]] => ['npm', ['run', '--silent', script]];
  const built = await check('build', ...npm('build'));
  for (const script of ['lint', 'types', 'types:ui', 'unused']) await check(script, ...npm(script));
  await tests('unit and contract tests', ['./src', './test/architecture', './bench']);
  if (built) {
    for (const folder of ['servers', 'e2e', 'browser', 'chaos']) {
      if (existsSync(join(root, 'test', folder))) await tests(folder, [`./test/${folder}`]);
    }
  } else {
    process.stdout.write('\nthe end-to-end tests were left out: there is no executable\n');
  }
}
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
