/** A directory of examples/, and how it is tried: what its `example.json` says (examples/README.md). */
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createEmulator } from 'emulate';
import { z } from 'zod';
import { startS3Server } from '../../src/lib/system/s3-server.fixture.ts';
import { startBackground } from './background.ts';
import { dockerAvailability } from './docker.ts';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { gitAvailability } from './git-server.ts';
import { type PikociPlace, pikociAvailability, pikociPlace } from './pikoci.ts';
import type { Availability } from './required.ts';
import { type CommandResult, runCommand } from './run-command.ts';

export const EXAMPLES = resolve(import.meta.dirname, '../../examples');

/** Mistakes, and an example that has a test of its own. */
const OTHERS: ReadonlySet<string> = new Set(['broken', 'modules']);

const text = z.string().min(1);
const exampleRun = z.strictObject({
  /** Of pikoci; `$PORT_NAME` stands for that port, `$S3_URL` for the address of a stand-in. */
  args: z.array(z.string()),
  code: z.int().default(0),
  /** Lines, or parts of them, that it prints, in this order. */
  expect: z.array(text).default([]),
  never: z.array(text).default([]),
  env: z.record(text, z.string()).default({}),
});
const exampleFile = z.strictObject({
  /** In a sentence what it shows. */
  about: text,
  /** What this machine must have: docker, git, or the name of a program. */
  needs: z.array(text).default([]),
  /** Free ports: the commands find each as `PORT_NAME`. */
  ports: z.array(z.string().regex(/^[A-Z][A-Z0-9_]*$/)).default([]),
  /** A shell script that is run before anything else. */
  setup: text.optional(),
  /** Servers that run beside it; each is waited for until it prints what `ready` says. */
  background: z.array(z.strictObject({ command: text, ready: text })).default([]),
  /** What stands for a service of the world: each gives its address as `S3_URL` (with an empty bucket `releases`), `GITHUB_URL` (with `ada/app`). */
  stand_ins: z.array(z.enum(['s3', 'github'])).default([]),
  /** Arguments of `pikoci server`; absent: there is none. The commands find it by themselves. */
  server: z.array(z.string()).optional(),
  runs: z.array(exampleRun).min(1),
});
export type Example = z.infer<typeof exampleFile>;

export function exampleNames(): string[] {
  return readdirSync(EXAMPLES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !OTHERS.has(entry.name))
    .map(({ name }) => name)
    .sort();
}

export function readExample(name: string): Example {
  return exampleFile.parse(JSON.parse(readFileSync(join(EXAMPLES, name, 'example.json'), 'utf8')));
}

export function exampleAvailability({ needs }: Example): Availability[] {
  return [
    pikociAvailability(),
    ...needs.map((need): Availability => {
      if (need === 'docker') return dockerAvailability();
      if (need === 'git') return gitAvailability();
      return findProgram(need) === undefined
        ? { available: false, reason: `${need} is not installed` }
        : { available: true };
    }),
  ];
}

export interface ExampleRan {
  readonly run: Example['runs'][number];
  readonly result: CommandResult;
}

const RUN_MS = 120_000;

/** Runs an example in a copy of its directory, with nothing in its environment but what it says. */
export async function* runExample(name: string, example: Example): AsyncGenerator<ExampleRan> {
  await using place = pikociPlace();
  cpSync(join(EXAMPLES, name), place.path, { recursive: true });
  await using stack = new AsyncDisposableStack();
  const addresses: Record<string, string> = {};
  for (const port of example.ports) addresses[`PORT_${port}`] = String(await freePort());
  for (const standIn of example.stand_ins) {
    addresses[`${standIn.toUpperCase()}_URL`] = stack.use(await STAND_INS[standIn](place)).url;
  }
  const env = { ...place.environment, ...addresses };
  const withAddresses = (argument: string): string =>
    argument.replace(/\$([A-Z0-9_]+)/g, (all, name) => addresses[name] ?? all);

  const formatted = await place.run(['fmt', '--check', '--diff', '--recursive', '.']);
  if (formatted.code !== 0) throw new Error(`pikoci fmt would change it:\n${formatted.stdout}${formatted.stderr}`);
  if (example.setup !== undefined) {
    const { code, stdout, stderr } = await runCommand('/bin/sh', ['-ec', example.setup], { cwd: place.path, env });
    if (code !== 0) throw new Error(`its setup ended with ${code}:\n${stdout}${stderr}`);
  }
  for (const { command, ready } of example.background) {
    stack.use(await startBackground(command, new RegExp(ready), { cwd: place.path, env }));
  }
  if (example.server !== undefined) await startServer(place, example.server.map(withAddresses));
  for (const run of example.runs) {
    const result = await place.run(run.args.map(withAddresses), {
      timeoutMs: RUN_MS,
      env: { ...addresses, ...run.env },
    });
    yield { run, result };
  }
}

interface StandIn extends AsyncDisposable {
  readonly url: string;
}

const STAND_INS = {
  async s3(place): Promise<StandIn> {
    const directory = join(place.path, 'store');
    mkdirSync(directory);
    const { endpoint, close } = await startS3Server(directory, 'releases');
    return { url: endpoint, [Symbol.asyncDispose]: close };
  },
  async github(): Promise<StandIn> {
    const { url, close } = await createEmulator({ service: 'github', port: await freePort(), seed: GITHUB });
    return { url, [Symbol.asyncDispose]: close };
  },
} satisfies Record<Example['stand_ins'][number], (place: PikociPlace) => Promise<StandIn>>;

/** One repository, and a token that may write to it. */
const GITHUB = {
  tokens: { t1: { login: 'ada', scopes: ['repo'] } },
  github: { users: [{ login: 'ada' }], repos: [{ owner: 'ada', name: 'app', auto_init: true }] },
};

async function startServer(place: PikociPlace, args: readonly string[]): Promise<void> {
  await place.startServer('--db-system', 'mem', '--pubsub-system', 'mem', ...args);
}
