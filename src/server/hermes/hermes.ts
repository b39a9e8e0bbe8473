/**
 * The addresses of Hermes, for those who know them: webhooks at `/github/{id}`, where `id` is what GitHub calls the repository, its jobs and their logs as Hermes told them, and
 * its pages, which lead to ours.
 */
import type { Context, Hono } from 'hono';
import { cors } from 'hono/cors';
import type { BuildId } from '../../lib/ids.ts';
import type { BuildRecord, PipelineRecord } from '../../store/records.ts';
import type { RepositoryRecord } from '../../store/repository-store.ts';
import type { Store } from '../../store/store.ts';
import type { Authentication } from '../auth/authenticate.ts';
import { type Asker, mayAt, signInFirst } from '../auth/principal.ts';
import type { RequestOrigin } from '../http/app.ts';
import { notFound } from '../http/problems.ts';
import type { ForgesInUse } from '../repositories/forges-in-use.ts';
import type { Webhooks } from '../webhooks/receive.ts';
import { type HermesJob, hermesJob, hermesLogs } from './hermes-job.ts';

export interface HermesParts {
  readonly store: Store;
  readonly authentication: Authentication;
  readonly webhooks: Webhooks;
  readonly forges: ForgesInUse;
  /** Pages elsewhere that may ask. */
  readonly corsOrigins: readonly string[];
}

type AppContext = Context<{ Bindings: RequestOrigin }>;

/** As many as a page shows. */
const MOST_JOBS = 100;
const MOST_PIPELINES = 50;

export function bindHermes(app: Hono<{ Bindings: RequestOrigin }>, parts: HermesParts): void {
  const { store, webhooks, forges } = parts;
  const addressOf = (context: AppContext): string => context.env?.remoteAddress ?? 'unknown';

  /** Builds are for whoever may look at their pipelines. */
  async function askerOf(context: AppContext): Promise<Asker> {
    const principal = await parts.authentication.identify(context, addressOf(context));
    return { ...principal, needs: 'public', about: () => undefined };
  }

  /** On each GitHub that is set up. */
  async function repositoriesOf(forgeId: string): Promise<readonly RepositoryRecord[]> {
    const named = forges.list().filter(({ kind }) => kind === 'github');
    const found = await Promise.all(named.map(({ name }) => store.findRepository(name, forgeId)));
    return found.flatMap((one) => (one === undefined ? [] : [one]));
  }

  /** Its own, and those of its branches and pull requests (decision 0048), as far as the asker sees them. */
  async function pipelinesOf(asker: Asker, repository: RepositoryRecord): Promise<readonly PipelineRecord[]> {
    const { id, team } = repository;
    const all = await store.listRepositories(team);
    return (await store.listPipelines(team))
      .filter((one) => ownerOf(one.name, all)?.id === id && mayAt(asker, one))
      .sort((a, b) => b.updatedAt - a.updatedAt)
      .slice(0, MOST_PIPELINES);
  }

  /** The one that they may look at. */
  async function seen(asker: Asker, forgeId: string) {
    for (const repository of await repositoriesOf(forgeId)) {
      const pipelines = await pipelinesOf(asker, repository);
      const sees = pipelines.length > 0 || mayAt({ ...asker, needs: 'read' }, { team: repository.team });
      if (sees) return { repository, pipelines };
    }
    return undefined;
  }

  async function jobsOf(repository: RepositoryRecord, builds: readonly BuildRecord[]): Promise<HermesJob[]> {
    const inputs = await store.inputsOf(builds.map(({ id }) => id));
    return builds.map((build) => hermesJob(build, repository, inputs.get(build.id) ?? []));
  }

  for (const path of ['/github/*', '/jobs/*']) {
    app.use(
      path,
      cors({ origin: [...parts.corsOrigins], allowMethods: ['GET', 'POST'], allowHeaders: ['authorization'] }),
    );
  }

  app.post('/github/:id', async (context) => {
    const found = await repositoriesOf(context.req.param('id'));
    return webhooks.receive(
      found.map(({ id }) => id),
      context.req.raw,
      addressOf(context),
    );
  });

  app.get('/github/:id', async (context) => {
    const asker = await askerOf(context);
    const found = await seen(asker, context.req.param('id'));
    if (found === undefined) throw asker.kind === 'anonymous' ? signInFirst() : notFound('repository of this id');
    const { repository, pipelines } = found;
    const pages = await Promise.all(pipelines.map(({ id }) => store.listBuilds({ pipelineId: id, limit: MOST_JOBS })));
    const builds = pages.flatMap(({ items }) => items).sort((a, b) => b.createdAt - a.createdAt);
    return context.json(await jobsOf(repository, builds.slice(0, MOST_JOBS)));
  });

  app.get('/jobs/:id', async (context) => {
    const asker = await askerOf(context);
    const build = await store.getBuildRecord(context.req.param('id') as BuildId);
    const pipeline = build && (await store.getPipeline(build.pipelineId));
    const repository = build && ownerOf(build.pipeline, await store.listRepositories(build.team));
    const sees = build !== undefined && pipeline !== undefined && mayAt(asker, pipeline);
    if (!sees || repository === undefined) {
      throw asker.kind === 'anonymous' ? signInFirst() : notFound('job of a repository with this id');
    }
    const [job] = await jobsOf(repository, [build]);
    return context.json({ ...job, logs: await hermesLogs(store, build.id) });
  });

  app.get('/login', (context) => context.redirect('/sign-in'));
  app.get('/repos', (context) => context.redirect('/repositories'));
  app.get('/repos/:id', async (context) => {
    const found = await seen(await askerOf(context), context.req.param('id'));
    return context.redirect(found === undefined ? '/repositories' : `/repositories/${found.repository.id}`);
  });
  app.get('/repos/:id/job/:job', (context) =>
    context.redirect(`/builds/${encodeURIComponent(context.req.param('job'))}`),
  );
}

/** Whose pipeline, or instance of one, is called so: of `app` and `app--b` the latter has `app--b--main`. */
export function ownerOf<Of extends Pick<RepositoryRecord, 'pipeline'>>(
  pipeline: string,
  repositories: readonly Of[],
): Of | undefined {
  return repositories
    .filter(({ pipeline: name }) => pipeline === name || pipeline.startsWith(`${name}--`))
    .sort((one, other) => other.pipeline.length - one.pipeline.length)[0];
}
