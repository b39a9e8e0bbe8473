/**
 * Builds `dist/pikoci`, one executable with the pages and the built-in types inside.
 *
 * 1. The pages, by Vite, into `dist/ui`, and the documentation into `dist/ui/docs` (left out with `--no-ui`).
 * 2. The program, by Bun: every entry point (the main one, and each thread's) as byte code, split, so that a command loads only its own
 *    modules. `.env` and `bunfig.toml` of the directory it is started in must not run code in ours: both autoloads are off.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { VERSION } from '../src/main/version.ts';
import { buildDocsSite } from './docs-site/build.ts';

const root = resolve(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    'no-ui': { type: 'boolean', default: false },
    target: { type: 'string' },
    outfile: { type: 'string', default: join(root, 'dist/pikoci') },
  },
});
const outfile = resolve(values.outfile);
const uiRoot = join(root, 'dist/ui');

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function buildPages(): void {
  if (values['no-ui']) return;
  say('building the pages …');
  const vite = spawnSync(
    process.execPath,
    [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  if (vite.status !== 0) {
    say('the pages could not be built');
    process.exit(1);
  }
}

async function buildDocs(): Promise<void> {
  if (values['no-ui']) return;
  say('building the documentation …');
  await buildDocsSite(root, uiRoot, VERSION);
}

/** The module that stands for src/main/ui-assets.ts in the executable: imports that Bun embeds as files. */
function embeddedAssets(): string {
  const files = existsSync(uiRoot)
    ? readdirSync(uiRoot, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : [];
  const imports = files.map((file, i) => `import f${i} from ${JSON.stringify(file)} with { type: 'file' };`);
  const entries = files.map(
    (file, i) => `[${JSON.stringify(`/${relative(uiRoot, file).split(sep).join('/')}`)}, f${i}]`,
  );
  return `${imports.join('\n')}\nconst assets = new Map([${entries.join(', ')}]);\nexport function uiAssets() { return assets; }\n`;
}

/** Threads are entry points of their own: files named `*.thread.ts`. */
function threads(): string[] {
  return readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.thread.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

buildPages();
await buildDocs();
say('building the executable …');
mkdirSync(join(root, 'dist'), { recursive: true });
// Built beside and moved into place, so that a half-written executable is never started.
const temporary = `${outfile}.${process.pid}.tmp`;
const result = await Bun.build({
  entrypoints: [join(root, 'src/main/main.ts'), ...threads()],
  root,
  minify: { whitespace: true, syntax: true, identifiers: false },
  bytecode: true,
  splitting: true,
  format: 'esm',
  target: 'bun',
  sourcemap: 'none',
  compile: {
    outfile: temporary,
    autoloadDotenv: false,
    autoloadBunfig: false,
    ...(values.target === undefined ? {} : { target: values.target as Bun.Build.CompileTarget }),
  },
  plugins: [
    {
      name: 'embed-pages',
      setup(build) {
        build.onLoad({ filter: /[/\\]src[/\\]main[/\\]ui-assets\.ts$/ }, () => ({
          contents: embeddedAssets(),
          loader: 'js',
        }));
      },
    },
    {
      // Of the Kafka client: as it is, it reads a file from beside itself.
      name: 'embed-kafka-wasm',
      setup(build) {
        build.onResolve({ filter: /^@platformatic\/wasm-utils$/ }, () => ({
          path: join(root, 'node_modules/@platformatic/wasm-utils/dist/bundled.js'),
        }));
      },
    },
  ],
});
if (!result.success) {
  for (const log of result.logs) say(String(log));
  rmSync(temporary, { force: true });
  process.exit(1);
}
renameSync(temporary, outfile);
say(`built ${relative(root, outfile)} (${Math.round(statSync(outfile).size / 1e6)} MB)`);
