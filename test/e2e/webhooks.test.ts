/** Repositories from the command line, and webhooks while the server is killed. */
import { expect } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeliveryView, RepositoryView } from '../../src/protocol/repositories.ts';
import { freePort } from '../servers/free-port.ts';
import { type PikociPlace, pikociAvailability, pikociPlace, type RunningServer } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';
import {
  type SmallGithub,
  signInWithSmallGithub,
  smallGithubProvider,
  startSmallGithub,
} from '../servers/small-github.ts';
import { eventually } from './eventually.ts';

const test = testWith({ executable: pikociAvailability() });
const TIMEOUT_MS = 120_000;
const hash = (number: number): string => number.toString(16).padStart(40, '0');

interface World extends AsyncDisposable {
  readonly place: PikociPlace;
  readonly github: SmallGithub;
  /** On the same port and files as before. */
  start(): Promise<RunningServer>;
  /** The command line of ada, who signed in with GitHub. */
  ada(server: RunningServer, ...args: readonly string[]): Promise<{ stdout: string; stderr: string; code: number }>;
}

async function startWorld(): Promise<World> {
  const github = startSmallGithub(['ada/app', 'ada/api', 'ada/web']);
  const place = pikociPlace();
  writeFileSync(join(place.path, 'providers.json'), smallGithubProvider(github.url));
  writeFileSync(join(place.path, 'github-secret'), 'secret');
  const port = String(await freePort());
  const args = ['--db-system', 'sqlite', '--data-dir', 'data', '--port', port, '--run-worker', 'false'];
  let token: string | undefined;

  /** A token of hers, made as she would on her page. */
  async function tokenOf(server: RunningServer): Promise<string> {
    const { cookie, csrf } = await signInWithSmallGithub(server.url);
    await server.cli('teams', 'grant', 'main', 'ada', 'maintain');
    const answer = await fetch(`${server.url}/api/v1/session/tokens`, {
      method: 'POST',
      headers: { cookie, 'pikoci-csrf': csrf, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'cli' }),
    });
    return ((await answer.json()) as { token: string }).token;
  }

  return {
    ...{ place, github },
    start: () => place.startServer(...args, '--providers', 'providers.json'),
    async ada(server, ...command) {
      token ??= await tokenOf(server);
      const { stdout, stderr, code } = await place.run([...command, '--url', server.url], {
        env: { PIKOCI_TOKEN: token },
      });
      return { stdout, stderr, code: Number(code) };
    },
    async [Symbol.asyncDispose]() {
      await place[Symbol.asyncDispose]();
      await github[Symbol.asyncDispose]();
    },
  };
}

test(
  'repositories are listed, activated, mended and deactivated from the command line',
  async () => {
    await using world = await startWorld();
    const server = await world.start();
    const ada = async (...args: readonly string[]) => {
      const { stdout, stderr, code } = await world.ada(server, ...args);
      expect([args, code, stderr]).toEqual([args, 0, '']);
      return stdout;
    };
    expect(await ada('repos', 'list', '--all', '--search', 'ap')).toMatch(/ada\/app +github +all\nada\/api/);
    expect(await ada('repos', 'activate', 'ada/app', '--pull-requests', 'head')).toStartWith(
      'ada/app: activated, as pipeline app\n  the webhook was set up',
    );
    const [kept] = JSON.parse(await ada('repos', 'list', '--json')) as RepositoryView[];
    expect(kept).toMatchObject({ fullName: 'ada/app', pipeline: 'app', options: { pullRequests: 'head' } });
    expect(world.github.hooks.get('ada/app')?.url).toBe(kept?.webhookUrl);
    expect(await ada('repos', 'sync')).toBe('ada/app:\n  the webhook is right\n');

    await fetch(world.github.push('ada/app', hash(1), { delivery: 'first' }));
    const ended = async () => JSON.parse(await ada('deliveries', 'list', 'ada/app', '--json')) as DeliveryView[];
    const [delivery] = await eventually('the push is worked through', async () => {
      const found = await ended();
      return found.length === 1 && found[0]?.status !== 'pending' ? found : undefined;
    });
    expect(await ada('deliveries', 'show', delivery?.id ?? '')).toContain('"ref": "refs/heads/main"');
    expect(await ada('deliveries', 'replay', delivery?.id ?? '')).toContain('it is done once more');
    expect(await ada('deliveries', 'list', 'ADA/app')).toContain('push');
    expect(await world.ada(server, 'repos', 'activate', 'ada/none')).toMatchObject({
      ...{ code: 1, stderr: expect.stringContaining('has no repository "ada/none"') },
    });
    expect((await world.ada(server, 'repos', 'sync', 'ada/ap')).stderr).toContain('did you mean ada/app?');
    expect(await ada('repos', 'deactivate', 'ada/app')).toContain('the webhook was removed');
    expect(await ada('repos', 'list')).toContain('no repository of team main was activated');
  },
  TIMEOUT_MS,
);

test(
  'what was answered is not lost when the server is killed in the middle, and each is done once',
  async () => {
    await using world = await startWorld();
    let server = await world.start();
    const names = ['ada/app', 'ada/api', 'ada/web'];
    for (const name of names) expect((await world.ada(server, 'repos', 'activate', name)).code).toBe(0);
    const accepted: string[] = [];
    let number = 0;
    for (let round = 0; round < 3; round++) {
      const running = server;
      let killed: Promise<void> | undefined;
      const sent = Array.from({ length: 60 }, async () => {
        number += 1;
        const commit = hash(number);
        const request = world.github.push(names[number % names.length] ?? '', commit, { delivery: commit });
        const answer = await fetch(request).catch(() => undefined);
        if (answer?.status === 202) accepted.push(commit);
        // Some are answered, and some are under way.
        if (accepted.length >= 20 + round * 40) killed ??= running.kill9();
      });
      await Promise.all(sent);
      await (killed ?? running.kill9());
      server = await world.start();
    }
    expect(accepted.length).toBeGreaterThanOrEqual(60);
    const all: DeliveryView[] = [];
    for (const name of names) {
      const found = await eventually('all are worked through', async () => {
        const { stdout } = await world.ada(server, 'deliveries', 'list', name, '--limit', '200', '--json');
        const list = JSON.parse(stdout) as DeliveryView[];
        return list.every(({ status }) => status !== 'pending') ? list : undefined;
      });
      all.push(...found);
    }
    const kept = all.map(({ deliveryId }) => deliveryId);
    expect(new Set(kept).size).toBe(kept.length);
    expect(accepted.filter((one) => !kept.includes(one))).toEqual([]);
    expect(all.filter(({ status }) => status !== 'done')).toEqual([]);
    const builds = all.flatMap(({ outcome }) => outcome?.builds.map(({ id }) => id) ?? []);
    expect(new Set(builds).size).toBe(builds.length);
  },
  TIMEOUT_MS,
);
