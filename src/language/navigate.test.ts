import { describe, expect, test } from 'bun:test';
import { documentAt, withMarks } from './marked-text.fixture.ts';
import { definitionsAt, referencesAt } from './navigate.ts';
import { prepareRename, renameAt } from './rename.ts';

/** The text with every place marked that names what is under the cursor. */
function references(source: string, declarations = true): string {
  const { document, text, offset } = documentAt(source);
  return withMarks(text, referencesAt(document, offset, declarations));
}

const unmarked = (source: string): string => source.replace(/[«»‸]/g, '');

describe('what belongs together', () => {
  const cases: [title: string, source: string][] = [
    [
      'a variable',
      'variable "«d‸b»" {}\nlocals {\n  a = var.«db»\n  b = "x${var.«db».host}y"\n  c = var["«db»"]\n  d = var.db2\n}',
    ],
    ['a variable, from its use', 'variable "«db»" {}\nlocals {\n  a = var.«db‸»\n}'],
    [
      'a local, declared among others',
      'locals {\n  «tag» = 1\n  b = local.«t‸ag» + local.tags\n}\nlocals {\n  tags = 2\n}',
    ],
    [
      'a local is no name that a for brings in',
      'locals {\n  «‸local» = [for local in [1] : local.local]\n  b = local.«local»\n}',
    ],
    [
      'a resource, its steps, and what expressions say of it',
      'resource "git" "«ap‸p»" {}\nresource "cron" "app" {}\njob "a" {\n  get "git" "«app»" {}\n  task "t" {\n    dir = get.«app».ref\n  }\n}\njob "b" {\n  get "cron" "app" {}\n  task "t" {\n    dir = get.app.ref\n  }\n}',
    ],
    [
      'a job, in lists of jobs',
      'job "«a‸»" {}\njob "b" {\n  get "git" "r" { passed = ["«a»", "b"] }\n}\nnotification "slack" "n" {\n  exclude = ["«a»"]\n}',
    ],
    [
      'one of the jobs that a block stands for',
      'job "«bu‸ild»" {\n  matrix {\n    go = ["1"]\n  }\n}\njob "b" {\n  get "git" "r" { passed = ["«build»--1"] }\n}',
    ],
    [
      'a task, within its job',
      'job "a" {\n  task "«t‸»" {}\n  task "u" {\n    if = task.«t».ok == "1"\n  }\n}\njob "b" {\n  task "t" {}\n}',
    ],
    [
      'a runner, wherever it runs something',
      'runner_type "«nix‸»" {\n  run { path = "x" }\n}\nresource_type "r" {\n  check "«nix»" {}\n}\njob "nix" {\n  task "t" {\n    run "«nix»" {}\n  }\n  on_failure "«nix»" {}\n}',
    ],
    ['a notification', 'notification "slack" "«team‸»" {}\njob "a" {\n  notify "slack" "«team»" {}\n}'],
    ['a name behind an emoji', 'locals {\n  «x» = 1\n  b = "🏳️‍🌈 ${local.«x‸»}"\n}'],
    [
      'in a text that is broken elsewhere',
      'variable "«a‸»" {}\njob "b" {\n  task "t" {\n    dir = var.«a»\n    env =\n  }\n}\njob "c" {\n  get "git"\n',
    ],
  ];
  test.each(cases)('%s', (_, source) => {
    const cursor = source.replace(/[«»]/g, '');
    expect(references(cursor)).toBe(source.replace('‸', ''));
  });

  test('without what declares it', () => {
    expect(references('variable "a‸" {}\nlocals {\n  b = var.a\n}', false)).toBe(
      'variable "a" {}\nlocals {\n  b = var.«a»\n}',
    );
  });

  test('nothing, where there is no name', () => {
    expect(references('locals {\n  a ‸= 12\n}').includes('«')).toBe(false);
  });
});

describe('where it is declared', () => {
  test('the name in the block', () => {
    const { document, text, offset } = documentAt('job "a" {\n  get "git" "r" { passed = ["b‸"] }\n}\njob "b" {\n}');
    const [target] = definitionsAt(document, offset);
    if (target?.kind !== 'here') throw new Error('not in this file');
    expect(withMarks(text, [target.name])).toEndWith('job "«b»" {\n}');
    expect(text.slice(target.whole.from, target.whole.to)).toBe('job "b" {\n}');
  });

  test('a type that is declared here; nothing for one that is built in', () => {
    const declared = documentAt('resource "rel‸ease" "a" {}\nresource_type "release" {}');
    expect(definitionsAt(declared.document, declared.offset)).toHaveLength(1);
    const builtin = documentAt('resource "gi‸t" "a" {}');
    expect(definitionsAt(builtin.document, builtin.offset)).toEqual([]);
  });

  const files: [source: string, path: string | undefined][] = [
    ['resource_type "a" {\n  source = "./types/re‸lease.hcl"\n}', './types/release.hcl'],
    ['locals {\n  a = file("no‸tes.txt")\n}', 'notes.txt'],
    ['locals {\n  a = upper(templatefile("‸a.tpl", {}))\n}', 'a.tpl'],
    ['locals {\n  a = templatefile("a.tpl", { b = "‸c" })\n}', undefined],
    ['resource_type "a" {\n  source = "pikoci://g‸it"\n}', undefined],
    ['resource_type "a" {\n  source = "https://example.com/‸x.hcl"\n}', undefined],
    ['locals {\n  source = "‸x"\n}', undefined],
  ];
  test.each(files)('a file: %s', (source, path) => {
    const { document, offset } = documentAt(source);
    expect(
      definitionsAt(document, offset).map((target) => (target.kind === 'file' ? target.path : target.kind)),
    ).toEqual(path === undefined ? [] : [path]);
  });
});

describe('rename', () => {
  function renamed(source: string, wanted: string): string {
    const { document, text, offset } = documentAt(source);
    const result = renameAt(document, offset, wanted);
    if (result.kind === 'refused') return result.reason;
    return [...result.edits]
      .sort((a, b) => b.span.from - a.span.from)
      .reduce((all, { span, text: word }) => all.slice(0, span.from) + word + all.slice(span.to), text);
  }

  test('everywhere at once', () => {
    const source =
      'resource "git" "ap‸p" {}\njob "a" {\n  get "git" "app" {}\n  task "t" {\n    dir = "${get.app.ref}"\n  }\n}';
    expect(renamed(source, 'web')).toBe(
      'resource "git" "web" {}\njob "a" {\n  get "git" "web" {}\n  task "t" {\n    dir = "${get.web.ref}"\n  }\n}',
    );
  });

  const refused: [title: string, source: string, wanted: string, reason: string][] = [
    ['a name that is taken', 'variable "a‸" {}\nvariable "b" {}', 'b', 'There is a variable "b" already.'],
    [
      'a name that is used already',
      'variable "a‸" {}\nlocals {\n  x = var.b\n}',
      'b',
      'There is a variable "b" already.',
    ],
    ['no name at all', 'variable "a‸" {}', '', '"" cannot be the name of a variable'],
    ['a name that no expression could say', 'variable "a‸" {}', 'a.b', '"a.b" cannot be the name of a variable'],
    ['a name that begins with a digit', 'locals {\n  a‸ = 1\n}', '1a', '"1a" cannot be the name of a local'],
    ['a name with a space', 'job "a‸" {}', 'a b', '"a b" cannot be the name of a job'],
    ['a name that is too long', 'job "a‸" {}', 'a'.repeat(101), 'at most 100 characters'],
    ['a built-in', 'resource "gi‸t" "a" {}', 'hg', '"git" is built in; its name cannot be changed.'],
    ['what nothing declares', 'locals {\n  a = var.gon‸e\n}', 'here', 'Variable "gone" is not declared in this file'],
    ['what is no name', 'locals {\n  a = "te‸xt"\n}', 'here', 'There is no name here'],
  ];
  test.each(refused)('refused: %s', (_, source, wanted, reason) => expect(renamed(source, wanted)).toContain(reason));

  test('the same name changes nothing', () => {
    expect(renamed('job "a‸" {}', 'a')).toBe('job "a" {}');
  });

  test('what would be renamed', () => {
    const { document, text, offset } = documentAt('job "a--b‸" {}');
    const place = prepareRename(document, offset);
    if (place.kind === 'refused') throw new Error(place.reason);
    expect(withMarks(text, [place.span])).toBe('job "«a--b»" {}');
    expect(unmarked(withMarks(text, [place.span]))).toBe(text);
  });
});
