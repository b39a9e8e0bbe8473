/** A world that has something of everything a store keeps: what is moved or migrated must not lose any of it. */
import { createHash } from 'node:crypto';
import {
  type ApiTokenId,
  type DeliveryId,
  newId,
  type RepositoryId,
  type SessionId,
  type WorkerId,
} from '../../lib/ids.ts';
import type { AttemptEvent } from '../../protocol/events.ts';
import type { GrantedBuild } from '../records.ts';
import { automatic, commit } from './builds-contract.ts';
import { get, input, job, model, notify, planOf, put, resource, type Simple, some, task, type World } from './world.ts';

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Bytes that are no text, and texts that are hard. */
export const STRANGE_BYTES = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256);
export const STRANGE_TEXT = 'ä\u{1f600}"\\\'\n\t\u2028 $(x) $HOME 100%';

export interface FullWorld {
  readonly app: Simple;
  readonly gated: Simple;
  /** Its attempt is under way. */
  readonly running: GrantedBuild;
  /** Blobs of its artifacts, by digest. */
  readonly blobs: ReadonlyMap<string, string>;
}

export async function fillWorld(world: World): Promise<FullWorld> {
  const { store, clock } = world;
  await store.ensureSetting('id_token_key', 'sealed key');
  const worker = { id: newId<WorkerId>(), name: 'w2', version: '1', tags: ['gpu'], slots: 2 };
  await store.saveWorker(worker, clock.now());
  await store.drainWorker(worker.id, { ...world.mark(STRANGE_TEXT), leave: false }, clock.now());
  await store.seeWorkerToken({ id: 'token', team: 'main', tags: ['gpu'] }, clock.now());
  await store.savePoison({ at: clock.now(), workerId: worker.id, problem: STRANGE_TEXT, body: STRANGE_BYTES });
  await people(world);
  await repositoryWithDeliveries(world);
  const app = await pipelineWithHistory(world);
  await keepSecrets(world, app);
  const blobs = await buildWithEverything(world, app);
  await marks(world, app);
  await store.setResourceHook({ resourceId: app.resource.id, hash: 'hash', by: 'ada', now: clock.now() });
  const gated = await gates(world);
  await forks(world);
  await checks(world, app);
  // The newest, under way: with a slot, an output that had begun, and a log that is not at its end.
  await store.pauseJob(app.job.id, undefined, clock.now());
  await store.pausePipeline(app.pipeline.id, undefined, clock.now());
  await world.trigger(app);
  const running = some(await world.grantBuild({ tags: ['t'] }));
  await world.append(running, 1, world.started(), world.stepStarted('2'), world.log('2', 'half a line'));
  await store.pausePipeline(gated.pipeline.id, world.mark(STRANGE_TEXT), clock.now());
  return { app, gated, running, blobs };
}

/** Somebody with all by which people are known. */
async function people({ store, clock }: World): Promise<void> {
  const now = clock.now();
  const who = { name: 'ada', displayName: STRANGE_TEXT, email: 'ada@example.test', passwordHash: 'hash' };
  const { id: userId } = await store.createUser({ ...who, admin: true, now });
  const { id: teamId } = await store.ensureTeam('main');
  await store.setMember(teamId, userId, 'maintain');
  await store.linkIdentity({ provider: 'github', subject: '17', userId, login: 'ada-l', linkedAt: now });
  const issuer = 'github https://github.com';
  await store.setProvider({ name: 'github', issuer, settingsJson: '{}', sealed: 'sealed', setBy: 'ada', setAt: now });
  const granted = { sealed: 'sealed', scopes: ['repo', 'user'], expiresAt: now + 1, grantedAt: now };
  await store.saveGrant({ userId, provider: 'github', ...granted });
  const token = { id: newId<ApiTokenId>(), hash: 'hash', name: STRANGE_TEXT, role: 'read' } as const;
  await store.createToken({ ...token, userId, teamId, createdAt: now, expiresAt: now + 1 });
  const audited = { at: now, actor: 'ada', action: 'pauseJob', team: 'main', target: STRANGE_TEXT, address: '::1' };
  await store.writeAudit({ ...audited, detail: { reason: STRANGE_TEXT } });
  const session = { id: newId<SessionId>(), hash: 'hash', csrf: 'csrf', address: '::1', agent: STRANGE_TEXT };
  await store.beginSession({ ...session, userId, createdAt: now, expiresAt: now + 1 });
  await store.createLink({ hash: 'hash', userId, expiresAt: now + 1 });
}

/** One that was activated, a webhook that was worked through, and one that is to be. */
async function repositoryWithDeliveries({ store, clock }: World): Promise<void> {
  const now = clock.now();
  const { id: teamId } = await store.ensureTeam('main');
  const ada = await store.findUser('ada');
  const repository = await store.createRepository({
    ...{ id: newId<RepositoryId>(), provider: 'github', forgeId: '42', fullName: STRANGE_TEXT, private: true },
    ...{ defaultBranch: 'main', cloneUrl: 'https://forge.test/a.git', webUrl: 'https://forge.test/a', teamId },
    ...{ pipeline: 'a', activatedBy: ada?.id, activatedAt: now, hookId: '7', sealedSecret: 'sealed secret' },
    ...{ active: true, options: { pullRequests: 'both' as const }, syncedAt: now, trouble: STRANGE_TEXT },
  });
  const [first, second] = [newId<DeliveryId>(), newId<DeliveryId>()];
  const common = { repositoryId: repository.id, event: 'push', receivedAt: now, body: STRANGE_BYTES };
  await store.saveDeliveries([
    { ...common, id: first, deliveryId: 'd1', digest: digestOf('d1') },
    { ...common, id: second, deliveryId: 'd2', digest: undefined },
  ]);
  await store.endDelivery(first, { outcome: { builds: [{ id: 'b', text: STRANGE_TEXT }], notes: [] } }, now);
  await store.postponeDelivery(second, now + 60_000, { code: 'forge.unreachable', message: STRANGE_TEXT });
  const of = { of: first, id: newId<DeliveryId>(), by: 'ada', now };
  await store.replayDelivery(of);
}

/** Two revisions, versions, and a build that retention has deleted. */
async function pipelineWithHistory(world: World): Promise<Simple> {
  const { store, clock } = world;
  const src = resource('src', { tags: ['r'] });
  const out = resource('out');
  const only = job('test', [get('1', 'git.src'), task('2'), put('3', 'git.out'), notify('4')], {
    serialGroups: ['g'],
    tags: ['t'],
    concurrency: 3,
    errorRetries: 1,
  });
  await world.set('app', model([src], []), STRANGE_TEXT);
  const team = await store.ensureTeam('main');
  const { pipeline } = await store.setPipeline({
    teamId: team.id,
    name: 'app',
    bundle: { main: 'pipeline.hcl', files: { 'pipeline.hcl': 'the second' } },
    model: model([src, out], [only]),
    sources: { 'https://example.test/x.hcl': STRANGE_TEXT },
    sealedVariables: 'sealed variables',
    sealedVariablesDigest: 'digest',
    setBy: 'bob',
    message: STRANGE_TEXT,
    firstCheckAt: clock.now(),
    now: clock.forward(1_000),
  });
  const [record] = await store.listJobs(pipeline.id);
  const source = (await store.listResources(pipeline.id)).find(({ name }) => name === 'src');
  const app = { pipeline, job: some(record), resource: some(source), plan: planOf(only, [src, out]) };
  const [first] = await world.versions(app.resource, 'a', STRANGE_TEXT, 'c');
  for (let turn = 0; turn < 2; turn++) {
    await store.createBuild(world.newBuild(app, [input('1', some(first))]), clock.forward(1_000));
    const granted = some(await world.grantBuild({ tags: ['t'] }));
    await world.append(granted, 1, world.started(), world.ended('succeeded'));
    if (turn === 0) await store.deleteBuilds([granted.build.id], clock.now());
  }
  return app;
}

async function keepSecrets(world: World, { pipeline }: Simple): Promise<void> {
  const of = { by: 'ada', now: world.clock.now() };
  await world.store.setSecret({ teamId: pipeline.teamId, name: 'token', sealed: 'sealed 1', ...of });
  await world.store.setSecret({
    ...{ teamId: pipeline.teamId, pipelineId: pipeline.id },
    ...{ name: 'token', sealed: 'sealed 2', ...of },
  });
}

/** A build that was tried twice, with logs, tests, outputs, artifacts and inputs. */
async function buildWithEverything(world: World, app: Simple): Promise<ReadonlyMap<string, string>> {
  const { store, clock } = world;
  const [, second] = await world.versions(app.resource);
  await store.createBuild(
    world.newBuild(app, [input('1', some(second))], {
      cause: { kind: 'manual', by: STRANGE_TEXT },
      inputValues: { where: STRANGE_TEXT },
      sealedInputs: 'sealed inputs',
    }),
    clock.now(),
  );
  const lost = some(await world.grantBuild({ tags: ['t'] }));
  await world.append(lost, 1, world.started(), world.log('2', 'first try\n'), world.ended('errored'));
  clock.forward(10_000);
  const granted = some(await world.grantBuild({ tags: ['t'] }));
  const blobs = new Map(['archive', 'listing'].map((text) => [digestOf(text), text]));
  for (const digest of blobs.keys()) await store.noteBrought(granted.attempt.id, digest);
  const artifact: AttemptEvent = {
    ...{ kind: 'artifact', at: clock.now(), step: '3', name: 'dist', resource: 'artifact.dist' },
    ...{ digest: digestOf('archive'), size: 7, entries: 1, unpackedSize: 1_000, indexDigest: digestOf('listing') },
  };
  const tests: AttemptEvent = {
    ...{ kind: 'tests', at: clock.now(), step: '2', try: 1 },
    cases: [
      { suite: 'math', name: STRANGE_TEXT, status: 'failed', message: STRANGE_TEXT, durationMs: 1.5, place: 'a.ts:1' },
      { suite: 'math', name: 'adds', status: 'passed' },
    ],
  };
  await world.append(
    granted,
    1,
    world.started(),
    world.stepStarted('2'),
    world.log('2', 'one\ntwo\n'),
    world.log('2', STRANGE_BYTES),
    tests,
    world.stepEnded('2'),
    artifact,
    world.ended('failed'),
  );
  return blobs;
}

/** Everything a person may have said about something, and why. */
async function marks(world: World, app: Simple): Promise<void> {
  const [first, , third] = await world.versions(app.resource);
  await world.store.disableVersion(some(first).id, world.mark(STRANGE_TEXT));
  await world.store.pinVersion(app.resource.id, { versionId: some(third).id, mark: world.mark('it is good') });
}

/** A build that waits for approval and has one of two votes, and a paused job. */
async function gates(world: World): Promise<Simple> {
  const simple = await world.simple({}, 'gated');
  const gated = { ...simple, plan: { ...simple.plan, approvals: [{ label: 'release', approvals: 2 }] } };
  const build = await world.trigger(gated);
  const vote = {
    buildId: build.id,
    vote: 'approved',
    by: 'ada',
    reason: STRANGE_TEXT,
    now: world.clock.now(),
  } as const;
  await world.store.voteOnBuild(vote);
  await world.store.pauseJob(gated.job.id, world.mark('holidays'), world.clock.now());
  await world.store.commitDecisions(
    commit(world, gated, { builds: [automatic(world, gated, some((await world.versions(gated.resource, 'z'))[0]))] }),
  );
  return gated;
}

/** A pipeline of a fork with a build that somebody released, and what a forge was told. */
async function forks(world: World): Promise<void> {
  const { store, clock } = world;
  const now = clock.now();
  const team = await store.ensureTeam('main');
  const only = job('test', [get('1', 'git.src'), task('2')], { tags: ['fork'] });
  const bundle = { main: 'p', files: { p: STRANGE_TEXT } };
  const set = { teamId: team.id, name: 'fork', bundle, model: model([resource('src')], [only]), fork: true };
  const { pipeline } = await store.setPipeline({ ...set, setBy: STRANGE_TEXT, firstCheckAt: now, now });
  const [record] = await store.listJobs(pipeline.id);
  const [source] = await store.listResources(pipeline.id);
  const simple = { pipeline, job: some(record), resource: some(source), plan: planOf(only, [resource('src')]) };
  const event = {
    ...{
      kind: 'pull_request' as const,
      repository: 'r',
      name: STRANGE_TEXT,
      ref: 'refs/pull/7/head',
      commit: 'c',
      number: 7,
    },
    ...{ fork: true, message: STRANGE_TEXT },
  };
  const { revisionId } = pipeline;
  const saved = { resourceId: simple.resource.id, version: { ref: 'c' }, metadata: {}, event, revisionId, now };
  const version = await store.saveEventVersion(saved);
  const build = await store.createBuild(world.newBuild(simple, [input('1', version)]), now);
  await store.releaseBuild(build.id, 'ada', now);
  await store.archivePipeline(pipeline.id, STRANGE_TEXT, now);
  const [report] = await store.claimReports(now, 10, 1);
  await store.reportTold(some(report), { sent: STRANGE_TEXT, remoteId: '7' });
}

/** A check that ended, and one that is under way. */
async function checks(world: World, app: Simple): Promise<void> {
  const { store, clock } = world;
  const of = { resourceId: app.resource.id, nextCheckAt: clock.now() + 60_000 };
  await store.recordCheck({ ...of, now: clock.now(), problem: { code: 'check.failed', message: STRANGE_TEXT } });
  await store.requestCheck({ ...of, by: 'ada', now: clock.now() });
  some(await store.grant(world.request({ kinds: ['check'], tags: ['r'] })));
}
