/** A command line and a whole server, over HTTP on loopback. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { registerRemoteCommands } from '../cli/remote-commands.ts';
import { CodedError } from '../lib/coded-error.ts';
import { leaveLocalServer, localServersDir } from '../lib/system/local-token.ts';
import type { Pipeline } from '../pipeline/model.ts';
import { startTestServer } from '../server/test-server.fixture.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Terminal {
  /** What the person answers; without it there is nobody to ask. */
  readonly answer?: ((question: string) => string | Promise<string>) | undefined;
  readonly color?: boolean;
  /** What the person answers where nothing of it is shown. */
  readonly hidden?: ((question: string) => Promise<string>) | undefined;
  /** What comes in by a pipe. */
  readonly input?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** Told what is written to standard error. */
  readonly onError?: (text: string) => void;
}

/** A server that listens, and a command line that finds it by the file it left. `files` lie in the directory it works in. */
export async function startRemoteWorld(
  pipelines: Readonly<Record<string, Pipeline>>,
  files: Readonly<Record<string, string>>,
) {
  const world = await startTestServer(pipelines);
  const listening = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 30,
    fetch: (request) => world.fetch(request),
  });
  const dir = await mkdtemp(join(tmpdir(), 'pikoci-test-'));
  const env = { XDG_STATE_HOME: dir };
  await leaveLocalServer(localServersDir(env, dir), listening.port ?? 0, {
    url: `http://127.0.0.1:${listening.port}`,
    token: world.token,
    pid: process.pid,
    instance: 'x',
    startedAt: 1,
  });
  const write = (file: string, text: string): Promise<void> => writeFile(join(dir, file), text);
  for (const [file, text] of Object.entries(files)) await write(file, text);

  async function run(
    argv: readonly string[],
    { answer, color = false, hidden, input, env: more, onError }: Terminal = {},
  ): Promise<Ran> {
    const ran = { code: 0, out: '', err: '' };
    const decoder = new TextDecoder();
    const sink = (name: 'out' | 'err') => ({
      write: (text: string | Uint8Array) => {
        const written = typeof text === 'string' ? text : decoder.decode(text);
        ran[name] += written;
        if (name === 'err') onError?.(written);
        return true;
      },
    });
    const program = new Command('pikoci').exitOverride().configureOutput({ writeErr: () => undefined });
    registerRemoteCommands(program, {
      stdout: sink('out'),
      stderr: sink('err'),
      env: { ...env, ...more, ...(color && { FORCE_COLOR: '1' }) },
      cwd: dir,
      ask: answer && (async (question) => answer(question)),
      askHidden: hidden,
      readInput: input === undefined ? undefined : async () => new TextEncoder().encode(input),
      exit: (code) => {
        ran.code = code;
      },
    });
    try {
      await program.parseAsync([...argv], { from: 'user' });
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      ran.code = error.code.startsWith('usage.') ? 2 : 1;
      ran.err += `${error.message}\n${error.hint ?? ''}\n`;
    }
    return ran;
  }
  return {
    world,
    write,
    run,
    pikoci: (...argv: string[]) => run(argv),
    url: `http://127.0.0.1:${listening.port}`,
    async [Symbol.asyncDispose]() {
      await listening.stop(true);
      await world[Symbol.asyncDispose]();
      await rm(dir, { recursive: true });
    },
  };
}
