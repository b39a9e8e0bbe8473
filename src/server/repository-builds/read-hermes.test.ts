import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readHermes } from './read-hermes.ts';
import { imageName } from './written-pipeline.ts';

test('that of the seed, as it is', async () => {
  const text = readFileSync(resolve(import.meta.dirname, '../../../test/pipelines/hermes/Hermes.yaml'), 'utf8');
  expect(await readHermes(text)).toEqual({ name: 'My super pipeline', version: '1.0.0' });
});

test('a version is as it is written', async () => {
  expect(await readHermes('name: x\nversion: 1.10\nschema: docker\n')).toEqual({ name: 'x', version: '1.10' });
});

test.each([
  ['name: x\nversion: 1\nschema: compose\n', 'has the schema "compose", and there is only "docker"'],
  ['version: 1\nschema: docker\n', 'has no "name"'],
  ['name: x\nversoin: 1\nschema: docker\n', 'has no "version"; did you mean that by "versoin"?'],
  ['name: x\nversion: 1\nschema:\n', 'has no "schema"'],
  ['name: [x\n', 'cannot be read as YAML, in line'],
  ['name: x\nversion: 1\nversion: 2\nschema: docker\n', 'cannot be read as YAML, in line'],
  ['just words', 'holds no fields'],
  ['', 'holds no fields'],
  ['name: {a: 1}\nversion: 1\nschema: docker\n', 'has a "name" that is no text'],
])('%j is refused, and it is said what is allowed', async (text, message) => {
  const failure = await readHermes(text).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: 'repository.bad_hermes',
    message: expect.stringContaining(`Hermes.yaml ${message}`),
    hint: 'it has three lines: `name: My pipeline`, `version: 1.0.0` and `schema: docker`',
  });
});

test.each([
  ['Octo/App', 'octo/app'],
  ['Group/Sub.Group/My_App', 'group/sub.group/my_app'],
  ['octo/.github', 'octo/github'],
  ['octo/-', 'octo/x'],
])('the image of %s is called %s', (fullName, image) => {
  expect(imageName(fullName)).toBe(image);
});
