/** The command that draws, with the built-in types and the real drawing program. */
import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { builtins } from '../builtins/catalogue.ts';
import { registerGraphCommand } from '../cli/graph-command.ts';
import { CodedError } from '../lib/coded-error.ts';
import { pngAssets } from './png-assets.ts';
import { createSourceLoader } from './source-loader.ts';

const cwd = await mkdtemp(join(tmpdir(), 'pikoci-test-'));
afterAll(() => rm(cwd, { recursive: true, force: true }));
await writeFile(
  join(cwd, 'pipeline.hcl'),
  `resource "cron" "tick" { check_interval = "@daily" }
job "hello" {
  get "cron" "tick" { trigger = true }
  task "say" {
    run "shell" { cmd = "true" }
  }
}
`,
);
await writeFile(join(cwd, 'broken.hcl'), 'job "hello" {\n');

async function graph(args: readonly string[], isTTY = false) {
  const ran = { code: -1, out: Buffer.alloc(0), err: '' };
  const program = new Command('pikoci').exitOverride();
  registerGraphCommand(program, {
    stdout: {
      isTTY,
      write: (text) => {
        ran.out = Buffer.concat([ran.out, Buffer.from(text)]);
      },
    },
    stderr: {
      write: (text) => {
        ran.err += text;
      },
    },
    env: {},
    cwd,
    builtins,
    sources: createSourceLoader({ allowPrivate: true, cacheDir: join(cwd, 'cache') }),
    pngAssets,
    version: 'test',
    exit: (code) => {
      ran.code = code;
    },
  });
  await program.parseAsync(['graph', ...args], { from: 'user' });
  return ran;
}

/** What only a file of that format begins with. */
const BEGINNINGS: Readonly<Record<string, string>> = {
  svg: '<svg xmlns=',
  png: '\x89PNG\r\n\x1a\n',
  dot: 'digraph "pipeline.hcl" {',
  json: '{\n  "width"',
  mermaid: 'flowchart LR\n',
};

describe('pikoci graph', () => {
  for (const [format, beginning] of Object.entries(BEGINNINGS)) {
    test(`--format ${format}`, async () => {
      const { code, out, err } = await graph(['--format', format]);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out.toString('latin1')).toStartWith(beginning);
      if (format !== 'png') expect(out.toString()).toContain('hello');
    });
  }

  const endings = {
    'a.svg': 'svg',
    'a.PNG': 'png',
    'a.dot': 'dot',
    'a.gv': 'dot',
    'a.json': 'json',
    'a.mmd': 'mermaid',
  };
  for (const [file, format] of Object.entries({ ...endings, 'a.mermaid': 'mermaid', a: 'svg' })) {
    test(`--output ${file}`, async () => {
      const { code, out } = await graph(['-o', file], true);
      expect({ code, out: out.length }).toEqual({ code: 0, out: 0 });
      expect(await readFile(join(cwd, file), 'latin1')).toStartWith(BEGINNINGS[format] ?? 'no such format');
    });
  }

  test('what the file is called does not count when the format is told', async () => {
    await graph(['-o', 'b.png', '--format', 'svg']);
    expect(await readFile(join(cwd, 'b.png'), 'utf8')).toStartWith('<svg');
  });

  async function refusal(
    args: readonly string[],
    isTTY = false,
  ): Promise<Pick<CodedError, 'code' | 'message' | 'hint'>> {
    try {
      await graph(args, isTTY);
    } catch (error) {
      if (error instanceof CodedError) return { code: error.code, message: error.message, hint: error.hint };
      throw error;
    }
    throw new Error('it was not refused');
  }

  test('a PNG is not written to a terminal', async () =>
    expect(await refusal(['--format', 'png'], true)).toMatchObject({
      code: 'usage.bad_value',
      hint: 'write it to a file with --output pipeline.png',
    }));
  test('an unknown format', async () =>
    expect(await refusal(['--format', 'mermaidd'])).toEqual({
      code: 'usage.bad_value',
      message: '--format: "mermaidd" is not one of svg, png, dot, json, mermaid',
      hint: 'did you mean mermaid?',
    }));
  test('a file whose ending says nothing that can be drawn', async () => {
    expect(await refusal(['-o', 'a.pdf'])).toEqual({
      code: 'usage.bad_value',
      message: '--output: a.pdf ends in ".pdf", which is not one of .svg, .png, .dot, .gv, .json, .mmd, .mermaid',
      hint: 'name it so, or say with --format what goes into it: svg, png, dot, json, mermaid',
    });
    expect(readFile(join(cwd, 'a.pdf'))).rejects.toThrow('ENOENT');
    expect((await graph(['-o', 'a.xml', '--format', 'svg'])).code).toBe(0);
  });
  test('a directory that is not there', async () =>
    expect(await refusal(['-o', 'none/a.svg'])).toMatchObject({
      code: 'file.not_found',
      message: 'cannot write none/a.svg: there is no such file or directory',
    }));

  test('a file with mistakes: they are told, nothing is drawn', async () => {
    const { code, out, err } = await graph(['broken.hcl', '-o', 'none.svg']);
    expect({ code, out: out.length }).toEqual({ code: 1, out: 0 });
    expect(err).toContain('broken.hcl:1:');
    expect(readFile(join(cwd, 'none.svg'))).rejects.toThrow('ENOENT');
  });
});
