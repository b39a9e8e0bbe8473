import { expect, test } from 'bun:test';
import { messagesOf } from './load-fixture.ts';

const APP = 'resource "git" "app" {\n  params { url = "u" }\n}\n';
const inJob = (body: string) => `${APP}job "j" {\n${body}\n}`;
const inTask = (body: string) => inJob(`task "t" {\n${body}\nrun "exec" { path = "x" }\n}`);

/** What is right and does nothing: the text, and what is said about it. */
const table: [rule: string, text: string, messages: string[]][] = [
  ['nothing', '', ['w1 empty-pipeline']],
  ['only comments', '# nothing\n/* here */\n', ['w1 empty-pipeline']],
  ['a job without steps', 'job "a" {}', ['w1 empty-job']],
  [
    'for_each of nothing',
    `job "a" {\n  for_each = toset([])\n  task "t" {\nrun "exec" { path = "x" }\n}\n}`,
    ['w1 empty-job'],
  ],
  ['a variable without use', 'variable "a" { default = 1 }', ['w1 unused-variable']],
  [
    'a variable that only another uses',
    'variable "a" { default = 1 }\nvariable "b" {\n  secret "vault" { path = var.a }\n}',
    ['w2 unused-variable'],
  ],
  ['a local without use', 'locals { a = 1 }', ['w1 unused-local']],
  [
    'locals that only a template uses',
    `locals {\n  a = { b = 1 }\n}\n${inTask('dir = "x${local.a.b}"')}`.replace(APP, ''),
    [],
  ],
  ['all variables at once', `variable "a" { default = 1 }\n${inTask('env = var')}`.replace(APP, ''), []],
  ['a resource without use', APP, ['w1 unused-resource']],
  ['a type without use', 'runner_type "r" {\n  run { path = "x" }\n}', ['w1 unused-type']],
  [
    'a runner that only a type uses',
    'runner_type "r" {\n  run { path = "x" }\n}\nresource_type "t" {\n  check "r" {}\n}',
    ['w4 unused-type'],
  ],
  [
    'a notification that is never sent',
    'notification "slack" "t" {\n  params { url = "u" }\n}',
    ['w1 unused-notification'],
  ],
  [
    'a job that never runs',
    inJob('disable_manual_trigger = true\nget "git" "app" {}\ntask "t" {\nrun "exec" { path = "x" }\n}'),
    ['w4 unreachable-job'],
  ],
  [
    'a job that runs by itself only',
    inJob('disable_manual_trigger = true\nin_parallel {\nget "git" "app" { trigger = true }\n}'),
    [],
  ],
  [
    'a timeout longer than the job',
    inTask('timeout = "2h"').replace('job "j" {', 'job "j" {\ntimeout = "1h"').replace(APP, ''),
    ['w4 useless-timeout'],
  ],
  [
    'two gets in one directory',
    `${APP}resource "git" "b" {\n  params {\n    url = "u"\n    name = "app"\n  }\n}\njob "j" {\nget "git" "app" {}\nget "git" "b" {}\n}`.replaceAll(
      'branch',
      'branch',
    ),
    ['w12 same-directory'],
  ],
  ['a name that pikoci sets', inTask('env = { WORKDIR = "x" }').replace(APP, ''), ['w3 reserved-name']],
  ['a name in a block', inTask('env {\nA-B = 1\n}'), ['7 bad-name']],
];
test.each(table)('%s', async (_, text, messages) => {
  expect(await messagesOf(text)).toEqual(messages);
});
