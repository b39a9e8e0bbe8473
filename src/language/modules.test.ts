import { describe, expect, test } from 'bun:test';
import { completionsAt } from './complete.ts';
import { hoverAt } from './hover.ts';
import { documentAt, marked, withMarks } from './marked-text.fixture.ts';
import { definitionsAt, referencesAt } from './navigate.ts';
import { prepareRename } from './rename.ts';

const PART = `variable "url" {
  type        = string
  description = "Where it is."
}
variable "branch" {
  default = "main"
}
output "image" {
  value       = var.url
  description = "What was built."
}
`;
const sources = (source: string): string | undefined => (source === './parts/go.hcl' ? PART : undefined);
const CALL = 'module "api" {\n  source = "./parts/go.hcl"\n  url    = "u"\n}\n';

async function labels(source: string): Promise<string[]> {
  const { document, offset } = documentAt(source, sources);
  return (await completionsAt(document, offset)).map(({ label }) => label);
}

test('the inputs of a module are offered in its call, those that are there already not', async () => {
  const { document, offset } = documentAt('module "api" {\n  source = "./parts/go.hcl"\n  ‸\n}', sources);
  const found = await completionsAt(document, offset);
  expect(
    found.filter(({ kind }) => kind === 'parameter').map(({ label, detail, doc }) => [label, detail, doc]),
  ).toEqual([
    ['url', 'an input, required', 'Where it is.'],
    ['branch', 'an input', ''],
  ]);
  expect(await labels(CALL.replace('"u"\n', '"u"\n  ‸\n'))).toEqual(['sha256', 'for_each', 'branch']);
});

test('the outputs of a module are offered behind its name', async () => {
  expect(await labels(`${CALL}locals {\n  a = module.api.‸\n}`)).toEqual(['image']);
  expect(await labels(`${CALL}locals {\n  a = module.other.‸\n}`)).toEqual([]);
  expect(await labels(`${CALL}locals {\n  a = module.‸\n}`)).toEqual(['api']);
});

test('dynamic is offered where blocks may stand, and in its content what its type holds', async () => {
  expect(await labels('job "a" {\n  ‸\n}')).toContain('dynamic');
  expect(await labels('‸')).not.toContain('dynamic');
  expect(await labels('job "a" {\n  dynamic "task" {\n    ‸\n  }\n}')).toEqual([
    ...['for_each', 'labels', 'iterator', 'content'],
  ]);
  const inContent = await labels('job "a" {\n  dynamic "task" {\n    content {\n      ‸\n    }\n  }\n}');
  expect(inContent).toEqual(expect.arrayContaining(['run', 'env', 'timeout', 'on_failure']));
  expect(inContent).not.toContain('content');
});

test('names in the content of a dynamic block are known', () => {
  const source =
    'resource "git" "«a»pp" {}\njob "a" {\n  dynamic "get" {\n    for_each = [1]\n    content {}\n  }\n  dynamic "in_parallel" {\n    for_each = [1]\n    content {\n      get "git" "ap‸p" {}\n    }\n  }\n}';
  const { document, offset } = documentAt(source);
  expect(definitionsAt(document, offset)).toHaveLength(1);
});

describe('go to definition leads into the text of the module', () => {
  const target = (source: string): string[] => {
    const { document, offset } = documentAt(source, sources);
    return definitionsAt(document, offset).map((found) =>
      found.kind === 'elsewhere'
        ? `${found.path} ${withMarks(PART, [found.name])
            .split('\n')
            .find((line) => line.includes('«'))}`
        : found.kind,
    );
  };
  test.each([
    ['an input', CALL.replace('url ', 'u‸rl '), ['./parts/go.hcl variable «"url"» {']],
    ['an output', `${CALL}locals {\n  a = upper(module.api.im‸age)\n}`, ['./parts/go.hcl output «"image"» {']],
    ['the module', `${CALL}locals {\n  a = module.a‸pi.image\n}`, ['here']],
    [
      'an output of one of several',
      `${CALL.replace('url ', 'for_each = toset(["a"])\n  url ')}locals {\n  a = module.api["a"].im‸age\n}`,
      ['./parts/go.hcl output «"image"» {'],
    ],
    ['what it does not have', `${CALL}locals {\n  a = module.api.no‸ne\n}`, []],
    ['a module that is not known', 'module "x" {\n  source = "gone.hcl"\n  u‸rl = 1\n}', []],
  ])('%s', (_, source, found) => expect(target(source)).toEqual(found));
});

test('an input and an output are explained, and every use of them is found', () => {
  const source = `${CALL}locals {\n  a = module.api.im‸age\n  b = "\${module.api.image}"\n}`;
  const { document, offset } = documentAt(source, sources);
  expect(hoverAt(document, offset)?.text).toContain('What was built.');
  expect(referencesAt(document, offset, true)).toHaveLength(2);
  const input = documentAt(CALL.replace('url ', 'u‸rl '), sources);
  expect(hoverAt(input.document, input.offset)?.text).toContain('Where it is.');
});

test.each([
  ['an input', CALL.replace('url ', 'u‸rl '), '"url" is a variable of the module in ./parts/go.hcl. Rename it there'],
  ['an output', `${CALL}locals {\n  a = module.api.im‸age\n}`, '"image" is an output of the module in ./parts/go.hcl'],
  ['a module', CALL.replace('"api"', '"a‸pi"'), 'builds and versions would stay behind'],
])('%s is not renamed from where it is called, and the reason is said', (_, source, reason) => {
  const { document, offset } = documentAt(source, sources);
  const place = prepareRename(document, offset);
  expect(place.kind === 'refused' && place.reason).toContain(reason);
});

test('an output is renamed in its own file', () => {
  const { offset } = marked(PART.replace('"image"', '"im‸age"'));
  const { document } = documentAt(PART);
  expect(prepareRename(document, offset)).toMatchObject({ kind: 'name', name: 'image' });
});
