/** A server that hears of repositories, and a forge's side of it: what it signs and sends. */
import { createHmac } from 'node:crypto';
import examples from '@octokit/webhooks-examples';
import type { ForgeAddress } from '../../integrations/forge.ts';
import type { ForgeEvent } from '../../integrations/forge-event.ts';
import { openForge } from '../../integrations/open-forge.ts';
import { newId, type RepositoryId } from '../../lib/ids.ts';
import type { DeliveryRecord, RepositoryRecord } from '../../store/repository-store.ts';
import { createHookSecrets } from '../repositories/hook-secrets.ts';
import type { RepositoryBuilds } from '../repositories/repository-builds.ts';
import { createAtRest } from '../secrets/at-rest.ts';
import { startTestServer, type TestServer } from '../test-server.fixture.ts';

const SECRET_KEY = new Uint8Array(32).fill(2);
const secrets = createHookSecrets(createAtRest(SECRET_KEY));

export interface Told {
  readonly repository: RepositoryRecord;
  readonly event: ForgeEvent;
  readonly delivery: Pick<DeliveryRecord, 'id' | 'receivedAt'>;
}

export interface Hooked {
  readonly repository: RepositoryRecord;
  readonly secret: string;
}

const FORGE: ForgeAddress = {
  ...{ name: 'github', kind: 'github', baseUrl: 'http://forge.test', apiUrl: 'http://forge.test' },
};

/** `build` stands for what makes builds. */
export async function startWebhookServer(
  build: (told: Told) => Promise<void> | void,
  options: Parameters<typeof startTestServer>[3] & { readonly path?: string } = {},
): Promise<TestServer> {
  const builds: RepositoryBuilds = {
    activated: async () => ({ builds: [], notes: [] }),
    async buildEvent(repository, event, delivery) {
      await build({ repository, event, delivery });
      return { builds: [{ id: delivery.id, text: `${repository.pipeline}/image #1` }], notes: [] };
    },
    deactivated: async () => undefined,
  };
  const grants = { forUser: async () => undefined, providers: () => [FORGE] };
  return startTestServer({}, { secretKey: SECRET_KEY }, options.path, {
    ...options,
    forges: { open: openForge, grants, builds },
  });
}

export async function addRepository(
  { store }: TestServer,
  forgeId = '186853002',
  pipeline = 'hello-world',
): Promise<Hooked> {
  const id = newId<RepositoryId>();
  const { secret, sealed } = secrets.make(id);
  const { id: teamId } = await store.ensureTeam('main');
  const repository = await store.createRepository({
    ...{ id, provider: 'github', forgeId, fullName: 'Codertocat/Hello-World', private: false, teamId },
    ...{ defaultBranch: 'master', cloneUrl: 'https://forge.test/a.git', webUrl: 'https://forge.test/a' },
    ...{ pipeline, activatedBy: undefined, activatedAt: Date.now(), hookId: '7', sealedSecret: sealed },
    ...{ active: true, options: { pullRequests: 'merged' as const }, syncedAt: undefined, trouble: undefined },
  });
  return { repository, secret };
}

interface Sent {
  readonly event?: string;
  readonly delivery?: string;
  readonly secret?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where to; absent: the address that the forge was told. */
  readonly path?: string;
}

/** Sends a body as GitHub does. */
export function sendHook(world: TestServer, { repository, secret }: Hooked, body: string, sent: Sent = {}) {
  const signature = createHmac('sha256', sent.secret ?? secret)
    .update(body)
    .digest('hex');
  const headers = {
    ...{ 'content-type': 'application/json', 'x-github-event': sent.event ?? 'push' },
    ...{ 'x-github-delivery': sent.delivery ?? crypto.randomUUID(), 'x-hub-signature-256': `sha256=${signature}` },
    ...sent.headers,
  };
  return world.fetch(
    new Request(`http://ci.test${sent.path ?? `/webhooks/${repository.id}`}`, { method: 'POST', headers, body }),
  );
}

const push = examples
  .find(({ name }) => name === 'push')
  ?.examples.find((one) => 'ref' in one && one.ref.includes('heads'));

/** What GitHub sends of a push to this branch; `commit` makes it one of a kind. */
export function pushBody(commit: string, branch = 'master', forgeId = '186853002'): string {
  const body = structuredClone(push) as { repository: object; head_commit: object };
  const after = commit.padEnd(40, '0');
  return JSON.stringify({
    ...body,
    ...{ ref: `refs/heads/${branch}`, after, head_commit: { ...body.head_commit, id: after } },
    repository: { ...body.repository, id: Number(forgeId) },
  });
}
