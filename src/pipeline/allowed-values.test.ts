import { expect, test } from 'bun:test';
import { loadText, messagesOf } from './load-fixture.ts';

const withType = (values: string, given: string): string => `service_type "db" {
  params = ["port", "mode"]
  values = ${values}
  start "exec" { path = "x" }
}
variable "mode" { default = "process" }
job "j" {
  service "db" {
    ${given}
  }
  task "t" {
    run "exec" { path = "x" }
    env = { MODE = var.mode }
  }
}`;
const VALUES = '{ port = "0..65535", mode = "auto|container|process" }';

test.each([
  ['a number that is too large', 'port = 65536', ['9 wrong-parameter-value']],
  ['a number below', 'port = -1', ['9 wrong-parameter-value']],
  ['a number with a fraction', 'port = 1.5', ['9 wrong-parameter-value']],
  ['a word for a number', 'port = "http"', ['9 wrong-parameter-value']],
  ['a misspelt word', 'mode = "proces"', ['9 wrong-parameter-value (process)']],
  ['a list', 'mode = ["process"]', ['9 wrong-parameter-value']],
  ['in params', 'params { mode = "x" }', ['9 wrong-parameter-value']],
  ['two at once', 'port = 70000\n    mode = "x"', ['9 wrong-parameter-value', '10 wrong-parameter-value']],
  ['a number', 'port = 0', []],
  ['a number in a text', 'port = "5432"', []],
  ['a word', 'mode = var.mode', []],
  ['what counts as not given', 'mode = ""\n    port = null', []],
  ['what only a run knows', 'mode = build.id', []],
])('%s', async (_name, given, messages) => {
  expect(await messagesOf(withType(VALUES, given))).toEqual(messages);
});

test('what may be given is said', async () => {
  const { diagnostics } = await loadText(withType(VALUES, 'port = 70000\n    mode = "docker"'));
  expect(diagnostics.map(({ detail }) => detail)).toEqual([
    '"port" of the service type "db" is a whole number from 0 to 65535, and 70000 is not.',
    '"mode" of the service type "db" is "auto", "container" or "process", and "docker" is not.',
  ]);
});

test.each([
  ['a name that is no parameter', '{ prt = "0..1" }', '3 unknown-parameter (port)'],
  ['a range that is none', '{ port = "9..1" }', '3 bad-values'],
  ['an empty word', '{ mode = "a||b" }', '3 bad-values'],
  ['no text', '{ mode = ["a"] }', '3 bad-values'],
])('of the type itself: %s', async (_name, values, message) => {
  expect(await messagesOf(withType(values, 'port = 1'))).toEqual([message]);
});
