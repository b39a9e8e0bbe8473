import { expect, test } from 'bun:test';
import { loadPipeline } from './load.ts';
import { noFetching } from './source.ts';

const BUNDLE = {
  files: { 'sub/p.hcl': '', 'sub/a.txt': 'a', 'top.txt': 't', 'sub/t.tpl': 'n=${n} ${other}' },
  binaries: { 'sub/logo.png': '/wCA' },
};

/** The details of what is wrong with the expression in a pipeline at sub/p.hcl, or nothing. */
async function mistakesIn(expression: string): Promise<string[]> {
  const text = `locals { a = ${expression} }\nresource_type "x" {\n params = [local.a]\n}\n`;
  const { diagnostics } = await loadPipeline({
    bundle: { main: 'sub/p.hcl', ...BUNDLE, files: { ...BUNDLE.files, 'sub/p.hcl': text } },
    variables: {},
    sources: noFetching,
    builtins: { find: () => undefined, names: () => [] },
  });
  return diagnostics.filter(({ severity }) => severity === 'error').map(({ detail }) => detail);
}

const leadsOut = (path: string): string =>
  `${JSON.stringify(path)} leads out of the pipeline's directory; only files in it can be read.`;
const table: [expression: string, mistakes: string[]][] = [
  ['file("a.txt")', []],
  ['file("./../top.txt")', []],
  ['filebase64("logo.png")', []],
  ['join(",", fileset(".", "**"))', []],
  ['file("logo.png")', ['"logo.png" is not UTF-8 text; filebase64 reads any file.']],
  ['file("../../etc/passwd")', [leadsOut('../../etc/passwd')]],
  ['file("/etc/passwd")', [leadsOut('/etc/passwd')]],
  ['file("..\\\\..\\\\x")', [leadsOut('..\\..\\x')]],
  ['join(",", fileset("../..", "*"))', [leadsOut('../..')]],
  ['tostring(fileexists("../../x"))', [leadsOut('../../x')]],
  ['tostring(fileexists("none"))', []],
  [
    'file("none.txt")',
    [
      `There is no file "none.txt" beside sub/p.hcl. Links that lead out of the pipeline's directory and files over 4 MiB do not count; a path that is computed must also be within a fileset("…", "…").`,
    ],
  ],
  [
    'templatefile("t.tpl", { n = 1 })',
    ['t.tpl:1:10: There is no variable named "other". If the text itself is meant, put it in quotes: "other".'],
  ],
];
test.each(table)('%s', async (expression, mistakes) => {
  expect(await mistakesIn(expression)).toEqual(mistakes);
});
