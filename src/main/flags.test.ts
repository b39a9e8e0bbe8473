import { describe, expect, test } from 'bun:test';
import { Command } from 'commander';
import { declareFlags, type Flags, readFlags, unknownEnvironment } from './flags.ts';

const flags = {
  port: { kind: 'integer', fallback: 8080, min: 0, max: 65_535, env: ['PORT'], doc: 'port' },
  dbSystem: { kind: 'text', fallback: 'mem', choices: ['mem', 'sqlite'], doc: 'database' },
  runWorker: { kind: 'switch', fallback: true, doc: 'worker' },
  lease: { kind: 'duration', fallback: '30s', doc: 'lease' },
  var: { kind: 'list', doc: 'variables' },
  jwtSecret: { kind: 'text', doc: 'secret', sensitive: true, choices: ['right'] },
} as const satisfies Flags;

function parse(argv: string[], environment: Record<string, string> = {}, config?: Record<string, unknown>) {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  declareFlags(command, flags);
  command.parse(argv, { from: 'user' });
  return readFlags(flags, {
    options: command.opts(),
    environment,
    config: config === undefined ? undefined : { path: 'pikoci.hcl', values: config },
  });
}

describe('where a value comes from', () => {
  test.each([
    [['--port', '1'], { PIKOCI_PORT: '2', PORT: '3' }, { port: 4 }, 1],
    [[], { PIKOCI_PORT: '2', PORT: '3' }, { port: 4 }, 2],
    [[], { PORT: '3' }, { port: 4 }, 3],
    [[], {}, { port: 4 }, 4],
    [[], {}, {}, 8080],
    [[], { PIKOCI_PORT: '' }, {}, 8080],
  ])('%p %p %p', (argv, environment, config, port) => {
    expect(parse(argv, environment as Record<string, string>, config).port).toBe(port);
  });

  test.each([
    [['--run-worker'], true],
    [['--run-worker=false'], false],
    [['--run-worker', 'false'], false],
    [['--no-run-worker'], false],
    [['--run-worker', '--port', '1'], true],
    [[], true],
  ])('the switch %p', (argv, on) => {
    expect(parse(argv).runWorker).toBe(on);
  });

  test('lists and lengths of time', () => {
    expect(parse(['--var', 'a=1', '--var', 'b=2,3', '--lease', '1m'])).toMatchObject({
      var: ['a=1', 'b=2,3'],
      lease: 60_000,
    });
  });
});

test.each([
  [['--port', 'x'], {}, {}, '--port: "x" is not a whole number from 0 to 65535', undefined],
  [['--db-system', 'sqllite'], {}, {}, '--db-system: "sqllite" is not one of mem, sqlite', 'did you mean sqlite?'],
  [[], { PIKOCI_LEASE: 'soon' }, {}, 'PIKOCI_LEASE: "soon" is not a length of time', 'write it as 30s, 5m or 1h30m'],
  [[], {}, { prot: 1 }, 'pikoci.hcl sets prot, which is not a setting', 'did you mean port?'],
  [['--jwt-secret', 'hunter2'], {}, {}, '--jwt-secret: the value given is not one of right', undefined],
])('a wrong value says where it was given and what is right: %p %p %p', (argv, environment, config, message, hint) => {
  let error: unknown;
  try {
    parse(argv, environment as Record<string, string>, config);
  } catch (caught) {
    error = caught;
  }
  expect(error).toMatchObject({ message, ...(hint === undefined ? {} : { hint }) });
});

test('a slip in the environment is pointed out', () => {
  expect(
    unknownEnvironment(flags, { PIKOCI_PROT: '1', PIKOCI_VAR_x: '1', PIKOCI_SOMETHING_ELSE: '1', HOME: '/' }),
  ).toEqual(['PIKOCI_PROT is set, which is not a setting; did you mean PIKOCI_PORT?']);
});
