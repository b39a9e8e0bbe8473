/** Every example runs: whatever directory of examples/ there is, as its `example.json` says. */
import { expect, test as plainTest } from 'bun:test';
import { type Example, exampleAvailability, exampleNames, readExample, runExample } from '../servers/example.ts';

const EXAMPLE_MS = 240_000;

plainTest('there are examples', () => {
  expect(exampleNames()).toContain('first');
});

for (const name of exampleNames()) {
  let example: Example;
  try {
    example = readExample(name);
  } catch (error) {
    plainTest(`examples/${name}`, () => expect.unreachable(`its example.json: ${error}`));
    continue;
  }
  const lacking = exampleAvailability(example).find((found) => !found.available);
  const reason = lacking?.available === false ? lacking.reason : undefined;
  const required = (process.env.PIKOCI_TEST_REQUIRE ?? '').split(',').some((wanted) => wanted.trim() === 'all');
  const test = reason !== undefined && !required ? plainTest.skip : plainTest;
  test(
    reason === undefined ? `examples/${name}` : `examples/${name} (${reason})`,
    async () => {
      expect(reason).toBeUndefined();
      for await (const { run, result } of runExample(name, example)) {
        const output = result.stdout + result.stderr;
        expect({ args: run.args, code: result.code, output }).toEqual({ args: run.args, code: run.code, output });
        let rest = output;
        for (const line of run.expect) {
          expect(rest).toContain(line);
          rest = rest.slice(rest.indexOf(line) + line.length);
        }
        for (const line of run.never) expect(output).not.toContain(line);
      }
    },
    EXAMPLE_MS,
  );
}
