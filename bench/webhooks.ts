/** Pushes as a forge sends them, many a second, to a server that keeps them on disk: how soon each is answered, and whether each is built once. */
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '../src/client/client.ts';
import type { DeliveryView } from '../src/protocol/repositories.ts';
import { signInWithSmallGithub, smallGithubProvider, startSmallGithub } from '../test/servers/small-github.ts';
import { startPikoci } from './pikoci-server.ts';
import { cpuTicks, TICKS_PER_SECOND } from './proc.ts';
import { workplace } from './program.ts';
import { signIn } from './sign-in.ts';
import type { Suite } from './suite.ts';

const PER_SECOND = 500;
const SECONDS = 30;
const REPOSITORIES = 20;
const WORKED_THROUGH_MS = 600_000;
const PAGE = 200;

const hash = (number: number): string => number.toString(16).padStart(40, '0');

export const webhooks: Suite = {
  about: `${PER_SECOND} signed pushes a second for ${SECONDS} s, to ${REPOSITORIES} repositories`,
  async run({ say }) {
    const names = Array.from({ length: REPOSITORIES }, (_, at) => `ada/app-${at}`);
    using place = workplace();
    await using github = startSmallGithub(names);
    const providers = place.write('providers.json', smallGithubProvider(github.url));
    place.write('github-secret', 'secret');
    const args = ['--db-system', 'sqlite', '--data-dir', 'data', '--port', '0', '--providers', providers];
    await using server = await startPikoci(place, [...args, '--run-worker', 'false', '--log-level', 'warn']);
    const { client: admin } = await signIn(server.url, server.signInLink);
    const session = await signInWithSmallGithub(server.url);
    await admin.call('setMember', { params: { team: 'main', user: 'ada' }, body: { role: 'maintain' } });
    const ada = createClient({
      baseUrl: server.url,
      fetch: (request) => {
        request.headers.set('cookie', session.cookie);
        return fetch(request);
      },
    });
    const ids: string[] = [];
    for (const repository of names) {
      const { repository: made } = await ada.call('activateRepository', {
        body: { provider: 'github', repository, team: 'main' },
      });
      ids.push(made.id);
    }

    const tookMs: number[] = [];
    const refused: number[] = [];
    const total = PER_SECOND * SECONDS;
    const under: Promise<void>[] = [];
    const begun = performance.now();
    const ticks = cpuTicks([server.pid]);
    for (let number = 0; number < total; number++) {
      // When it is due, whatever became of those before it: a server that falls behind is not waited for.
      const due = begun + (number * 1_000) / PER_SECOND;
      const early = due - performance.now();
      if (early > 1) await delay(early);
      const request = github.push(names[number % REPOSITORIES] ?? '', hash(number + 1));
      under.push(
        (async () => {
          const answer = await fetch(request);
          await answer.arrayBuffer();
          tookMs.push(performance.now() - due);
          if (answer.status !== 202) refused.push(answer.status);
        })(),
      );
    }
    await Promise.all(under);
    say(
      `sent in ${((performance.now() - begun) / 1_000).toFixed(1)} s, ${refused.length} refused; waiting until all are worked through`,
    );
    const deliveries = (await Promise.all(ids.map((id) => allOf(id)))).flat();
    const usedMs = ((cpuTicks([server.pid]) - ticks) * 1_000) / TICKS_PER_SECOND / total;
    say(`${usedMs.toFixed(2)} ms of a processor each`);
    say(`worked through after ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
    const failed = deliveries.filter(({ status }) => status !== 'done');
    for (const one of failed.slice(0, 3)) say(`failed: ${JSON.stringify(one)}`);
    const builds = deliveries.flatMap(({ outcome }) => outcome?.builds.map(({ id }) => id) ?? []);
    const twice = builds.length - new Set(builds).size;
    say(`${deliveries.length} kept, ${new Set(builds).size} builds`);
    return [
      { name: 'webhook: answered', unit: 'ms', samples: tookMs, at: 0.99, goal: { kind: 'most', value: 30 } },
      {
        name: 'webhook: lost',
        unit: 'times',
        samples: [total - deliveries.length + failed.length],
        goal: { kind: 'most', value: 0 },
      },
      {
        name: 'webhook: not built, or twice',
        unit: 'times',
        samples: [total - builds.length + twice],
        goal: { kind: 'most', value: 0 },
      },
    ];

    async function allOf(repository: string): Promise<readonly DeliveryView[]> {
      const end = Date.now() + WORKED_THROUGH_MS;
      for (;;) {
        const found: DeliveryView[] = [];
        for (let after: string | undefined; ; ) {
          const query = { limit: PAGE, ...(after !== undefined && { after }) };
          const page = await ada.call('listDeliveries', { params: { repository }, query });
          found.push(...page.items);
          after = page.next;
          // What waits is the newest: the rest need not be asked for yet.
          if (after === undefined || page.items[0]?.status === 'pending') break;
        }
        if (found.every(({ status }) => status !== 'pending') || Date.now() > end) return found;
        await delay(1_000);
      }
    }
  },
};
