import { expect, test } from 'bun:test';
import { hoverAt } from './hover.ts';
import { documentAt } from './marked-text.fixture.ts';

const cases: [title: string, source: string, over: string | undefined, ...parts: string[]][] = [
  ['a block', 'j‸ob "a" {}', 'job', 'job "name" { … }', 'What runs'],
  ['a step', 'job "a" {\n  g‸et "git" "r" {}\n}', 'get', 'Fetches a version'],
  ['the get of a secret type', 'secret_type "a" {\n  g‸et "shell" {}\n}', 'get', 'Fetches a secret'],
  [
    'an attribute',
    'job "a" {\n  get "git" "r" {\n    pas‸sed = []\n  }\n}',
    'passed',
    'passed: list(string)',
    'these jobs',
  ],
  [
    'an attribute with few values',
    'job "a" {\n  get "git" "r" {\n    ver‸sion = "latest"\n  }\n}',
    'version',
    '`"every"`',
  ],
  ['one of those values', 'job "a" {\n  get "git" "r" {\n    version = "lat‸est"\n  }\n}', '"latest"', 'The newest'],
  ['a key of an object', 'job "a" {\n  task "t" {\n    attempts = { co‸unt = 2 }\n  }\n}', 'count', 'from 1 to 100'],
  [
    'a parameter',
    'resource "git" "r" {\n  params {\n    u‸rl = "x"\n  }\n}',
    'url',
    'Where the repository is.',
    'Must be given.',
    'resource type `git`',
  ],
  [
    'a parameter whose comment is above it',
    'resource "git" "r" {\n  params {\n    bran‸ch = "x"\n  }\n}',
    'branch',
    'Which branch.',
  ],
  ['a parameter in a map', 'resource "git" "r" {\n  params = { bran‸ch = "x" }\n}', 'branch', 'Which branch.'],
  [
    'a parameter with a default',
    'job "a" {\n  task "t" {\n    run "shell" { she‸ll = "x" }\n  }\n}',
    'shell',
    '`"/bin/sh"` unless given',
  ],
  ['a function', 'locals {\n  a = up‸per("x")\n}', 'upper', 'upper(', 'string'],
  ['a function inside a template', 'locals {\n  a = "x${low‸er("Y")}"\n}', 'lower', 'lower('],
  [
    'a variable',
    'variable "size" {\n  type = string\n  default = "big"\n  description = "How big."\n}\nlocals {\n  a = var.si‸ze\n}',
    'size',
    'type    = string',
    'default = "big"',
    'How big.',
  ],
  ['a variable without a default', 'variable "si‸ze" {}', 'size', 'a value must be given'],
  ['a secret', 'variable "a‸" {\n  secret "vault" {\n    path = "p"\n  }\n}', 'a', 'A secret, from `vault`.'],
  ['a local', 'locals {\n  tag = upper("v1")\n  b = local.ta‸g\n}', 'tag', 'local.tag = upper("v1")'],
  [
    'a resource',
    'resource "git" "app" {\n  params { url = "u" }\n}\njob "a" {\n  get "git" "ap‸p" {}\n}',
    'app',
    'params { url = "u" }',
    'The commits of a branch.',
  ],
  [
    'a job',
    'job "a" {\n  get "git" "r" { passed = ["‸b"] }\n}\njob "b" {\n  in_parallel {\n    task "t" {}\n  }\n}',
    'b',
    'job "b"',
    '- `in_parallel`\n  - `task "t"`',
  ],
  ['a built-in type', 'resource "g‸it" "r" {}', 'git', 'resource_type "git"', '`url` (required)', 'Built in.'],
  [
    'a type of its own',
    '# Our releases.\nresource_type "release" {\n  params = [\n    "url", # Where they are.\n  ]\n}\nresource "rel‸ease" "r" {}',
    'release',
    'Our releases.',
    '`url`: Where they are.',
  ],
  [
    'a fact of the build',
    'job "a" {\n  task "t" {\n    dir = build.num‸ber\n  }\n}',
    '.number',
    'build.number',
    'without gaps',
  ],
  ['a root', 'job "a" {\n  task "t" {\n    dir = bui‸ld.number\n  }\n}', 'build', 'Facts of the build'],
  ['a number', 'locals {\n  a = 1‸2\n}', undefined],
  ['a name nobody knows', 'locals {\n  a = var.gon‸e\n}', undefined],
  ['an unknown attribute', 'job "a" {\n  wh‸at = 1\n}', undefined],
  ['nothing', 'job "a" {\n}\n‸\n', undefined],
];

test.each(cases)('%s', (_, source, over, ...parts) => {
  const { document, text, offset } = documentAt(source);
  const hover = hoverAt(document, offset);
  expect(hover && text.slice(hover.span.from, hover.span.to)).toBe(over);
  for (const part of parts) expect(hover?.text).toContain(part);
});

test('a type whose text is in another file', () => {
  const source =
    'resource_type "release" {\n  source = "./release.hcl"\n}\nresource "release" "r" {\n  params {\n    u‸rl = ""\n  }\n}';
  const text = 'resource_type "x" {\n  # Where they are.\n  params = ["url"]\n}';
  const { document, offset } = documentAt(source, (path) => (path === './release.hcl' ? text : undefined));
  expect(hoverAt(document, offset)?.text).toContain('Parameter of the resource type `release`.');
});
