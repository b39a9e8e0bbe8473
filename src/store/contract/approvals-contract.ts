import { describe, expect, test } from 'bun:test';
import type { Approval } from '../../pipeline/approval.ts';
import type { Vote } from '../build-store.ts';
import type { BuildRecord, VersionRecord } from '../records.ts';
import { automatic, commit } from './builds-contract.ts';
import { get, job, model, type Open, planOf, resource, type Simple, some, task, type World } from './world.ts';

interface Gated extends Simple {
  readonly approvals: readonly Approval[];
}

/** A pipeline whose only job asks for approval. */
async function gated(
  world: World,
  approvals: Approval[],
  { every = false, interruptible = false } = {},
  name = 'app',
): Promise<Gated> {
  const steps = [get('1', 'git.src', every ? { version: 'every' } : {}), task('2')];
  const app = await world.simple({ steps, interruptible }, name);
  return { ...app, approvals, plan: { ...app.plan, approvals } };
}

const vote = (world: World, build: BuildRecord, by: string, options: Partial<Vote> = {}): Vote => ({
  buildId: build.id,
  vote: 'approved',
  by,
  now: world.clock.now(),
  ...options,
});

const approve = (world: World, build: BuildRecord, by: string, options: Partial<Vote> = {}): Promise<BuildRecord> =>
  world.store.voteOnBuild(vote(world, build, by, options));
const reject = (world: World, build: BuildRecord, by: string, options: Partial<Vote> = {}): Promise<BuildRecord> =>
  approve(world, build, by, { vote: 'rejected', ...options });

const ONE = [{ label: 'release', approvals: 1 }];
const TWO = [{ label: 'release', approvals: 2 }];
const BOTH = [
  { label: 'qa', approvals: 1 },
  { label: 'release', approvals: 1 },
];

export function approvalsContract(open: Open): void {
  describe('approvals', () => {
    test('a build waits, costs no worker and no slot, and runs when it was approved', async () => {
      const world = await open();
      const app = await gated(world, ONE);
      const build = await world.trigger(app);
      expect(build).toMatchObject({ status: 'waiting_for_approval', askedAt: world.clock.now() });
      expect(await world.grantBuild()).toBeUndefined();
      world.clock.forward(1_000);
      expect(await approve(world, build, 'ada', { reason: 'looks good' })).toMatchObject({ status: 'pending' });
      const detail = some(await world.store.getBuild(build.id));
      expect(detail.votes).toEqual([
        { label: 'release', by: 'ada', vote: 'approved', reason: 'looks good', at: world.clock.now() },
      ]);
      expect(await world.store.votesOn([build.id])).toEqual(new Map([[build.id, detail.votes]]));
      expect((await world.play()).status).toBe('succeeded');
      expect(await world.trigger(app)).toMatchObject({ number: 2, status: 'waiting_for_approval' });
    });

    test('each person has one vote, and as many are needed as the gate says', async () => {
      const world = await open();
      const app = await gated(world, TWO);
      const build = await world.trigger(app);
      expect(await approve(world, build, 'ada')).toMatchObject({ status: 'waiting_for_approval' });
      await expect(approve(world, build, 'ada')).rejects.toMatchObject({ code: 'approval.voted' });
      expect(await world.grantBuild()).toBeUndefined();
      expect(await approve(world, build, 'bob')).toMatchObject({ status: 'pending' });
      await expect(approve(world, build, 'cy')).rejects.toMatchObject({ code: 'store.conflict' });
      await expect(reject(world, build, 'cy')).rejects.toMatchObject({ code: 'store.conflict' });
    });

    test('votes at one time count each once', async () => {
      const world = await open();
      const app = await gated(world, TWO);
      const build = await world.trigger(app);
      const votes = ['ada', 'ada', 'ada'].map((by) => approve(world, build, by).catch((error) => error.code));
      expect((await Promise.all(votes)).filter((one) => one === 'approval.voted')).toHaveLength(2);
      expect(await world.store.getBuildRecord(build.id)).toMatchObject({ status: 'waiting_for_approval' });
    });

    test('of several gates all are needed, each by its name', async () => {
      const world = await open();
      const app = await gated(world, BOTH);
      const build = await world.trigger(app);
      await expect(approve(world, build, 'ada')).rejects.toMatchObject({ code: 'approval.which' });
      await expect(approve(world, build, 'ada', { label: 'relaese' })).rejects.toMatchObject({
        code: 'approval.unknown',
        hint: 'did you mean "release"?',
      });
      expect(await approve(world, build, 'ada', { label: 'release' })).toMatchObject({
        status: 'waiting_for_approval',
      });
      await expect(approve(world, build, 'bob', { label: 'release' })).rejects.toMatchObject({
        code: 'store.conflict',
      });
      // The only one that is open needs no name, and the same person may give it.
      expect(await approve(world, build, 'ada')).toMatchObject({ status: 'pending' });
    });

    test('a rejection ends it, with who and why; an approval can become one', async () => {
      const world = await open();
      const app = await gated(world, TWO);
      const build = await world.trigger(app);
      await approve(world, build, 'ada');
      const ended = await reject(world, build, 'ada', { reason: 'not on a Friday' });
      expect(ended).toMatchObject({
        status: 'cancelled',
        endedAt: world.clock.now(),
        cancelRequestedBy: 'ada',
        problem: { code: 'build.rejected', message: 'rejected by ada (release): not on a Friday' },
      });
      expect(some(await world.store.getBuild(build.id)).votes).toMatchObject([{ by: 'ada', vote: 'rejected' }]);
      await expect(approve(world, build, 'bob')).rejects.toMatchObject({ code: 'store.conflict' });
      await expect(reject(world, build, 'bob')).rejects.toMatchObject({ code: 'store.conflict' });
    });

    test('it can be cancelled while it waits', async () => {
      const world = await open();
      const build = await world.trigger(await gated(world, ONE));
      expect((await world.store.cancelBuild(build.id, 'ada', world.clock.now())).build).toMatchObject({
        status: 'cancelled',
        problem: undefined,
      });
      await expect(approve(world, build, 'bob')).rejects.toMatchObject({ code: 'store.conflict' });
    });

    test('what nobody approves in time is cancelled, also when nobody was there to see the time pass', async () => {
      const world = await open();
      const limits = [
        { label: 'qa', approvals: 1, timeoutMs: 60_000 },
        { label: 'release', approvals: 2, timeoutMs: 3_600_000 },
      ];
      const app = await gated(world, limits);
      const build = await world.trigger(app);
      const begin = world.clock.now();
      expect(await world.store.nextApprovalEnd()).toBe(begin + 60_000);
      expect(await world.store.expireApprovals(world.clock.now(), 10)).toEqual([]);
      // The gate that was passed does not count any more.
      await approve(world, build, 'ada', { label: 'qa' });
      expect(await world.store.nextApprovalEnd()).toBe(begin + 3_600_000);
      world.clock.forward(3_600_000);
      await expect(approve(world, build, 'ada', { label: 'release' })).rejects.toMatchObject({
        code: 'store.conflict',
      });
      expect(await world.store.expireApprovals(world.clock.now(), 10)).toMatchObject([
        { id: build.id, status: 'cancelled', problem: { code: 'build.approval_timeout' } },
      ]);
      expect(some(await world.store.getBuildRecord(build.id)).problem?.message).toContain('release has 0 of 2');
      expect(await world.store.expireApprovals(world.clock.now(), 10)).toEqual([]);
      expect(await world.store.nextApprovalEnd()).toBeUndefined();
    });

    test('without a limit it waits for ever', async () => {
      const world = await open();
      await world.trigger(await gated(world, ONE));
      expect(await world.store.nextApprovalEnd()).toBeUndefined();
      world.clock.forward(1_000 * 24 * 3_600_000);
      expect(await world.store.expireApprovals(world.clock.now(), 10)).toEqual([]);
    });
  });

  describe('what is approved', () => {
    /** The scheduler wants a build of this version; gives what was made. */
    const decide = (world: World, app: Simple, version: VersionRecord): Promise<readonly BuildRecord[]> =>
      world.store.commitDecisions(commit(world, app, { builds: [automatic(world, app, version)] }));

    /** The scheduler gives a build that waits this version, and the plan as it is now. */
    async function update(world: World, app: Simple, build: BuildRecord, version: VersionRecord): Promise<void> {
      const { inputs, cause, plan, revisionId, priority } = automatic(world, app, version);
      const updates = [{ buildId: build.id, inputs, cause, plan, revisionId, priority }];
      await world.store.commitDecisions(commit(world, app, { updates }));
    }

    test('newer versions replace those of a build nobody voted on; who saw the older ones is told', async () => {
      const world = await open();
      const app = await gated(world, [{ label: 'release', approvals: 1, timeoutMs: 60_000 }]);
      const [a, b] = await world.versions(app.resource, 'a', 'b');
      const build = some((await decide(world, app, some(a)))[0]);
      const before = some(await world.store.getBuild(build.id)).seen;
      const facts = some(await world.store.schedulingFacts(app.pipeline.id));
      expect(facts.jobs[0]?.pending?.buildId).toBe(build.id);
      world.clock.forward(30_000);
      await update(world, app, build, some(b));
      await expect(approve(world, build, 'ada', { seen: before })).rejects.toMatchObject({
        code: 'approval.changed',
      });
      const detail = some(await world.store.getBuild(build.id));
      expect(detail.inputs).toMatchObject([{ version: { ref: 'b' } }]);
      // What is there now was never asked about before.
      expect(detail.approveBy).toBe(world.clock.now() + 60_000);
      expect(await approve(world, build, 'ada', { seen: detail.seen })).toMatchObject({ status: 'pending' });
    });

    test('with the first vote the versions are fixed: newer ones make another build', async () => {
      const world = await open();
      const app = await gated(world, TWO);
      const [a, b] = await world.versions(app.resource, 'a', 'b');
      const build = some((await decide(world, app, some(a)))[0]);
      const second = () => decide(world, app, some(b));
      expect(await second()).toEqual([]);
      await approve(world, build, 'ada');
      const facts = some(await world.store.schedulingFacts(app.pipeline.id));
      expect(facts.jobs[0]?.pending).toBeUndefined();
      expect([...(facts.jobs[0]?.used ?? [])]).toEqual([some(a).id]);
      await update(world, app, build, some(b));
      expect(some(await world.store.getBuild(build.id)).inputs).toMatchObject([{ version: { ref: 'a' } }]);
      expect(await second()).toMatchObject([{ number: 2, status: 'waiting_for_approval' }]);
    });

    test('a revision that asks, or asks no more, changes what nobody took yet', async () => {
      const world = await open();
      const app = await gated(world, ONE);
      const [a] = await world.versions(app.resource, 'a');
      const plain = { ...app, plan: planOf(job('test', app.plan.steps), [resource('src')]) };
      const build = some((await decide(world, plain, some(a)))[0]);
      expect(build).toMatchObject({ status: 'pending' });
      await update(world, app, build, some(a));
      expect(await world.store.getBuildRecord(build.id)).toMatchObject({ status: 'waiting_for_approval' });
      expect(await world.grantBuild()).toBeUndefined();
      await update(world, plain, build, some(a));
      expect(await world.store.getBuildRecord(build.id)).toMatchObject({ status: 'pending', askedAt: undefined });
      expect((await world.play()).status).toBe('succeeded');
    });

    test('what may not be used any more is skipped, as is a job that is taken out', async () => {
      const world = await open();
      const app = await gated(world, ONE);
      const [a] = await world.versions(app.resource, 'a');
      const build = some((await decide(world, app, some(a)))[0]);
      const withdrawals = [{ buildId: build.id, problem: { code: 'build.withdrawn', message: 'gone' } }];
      await world.store.commitDecisions(commit(world, app, { withdrawals }));
      expect(await world.store.getBuildRecord(build.id)).toMatchObject({ status: 'skipped' });

      const other = await world.trigger(app);
      await world.set('app', model([resource('src')], [job('other', [])]), 'without it');
      const skipped = await world.store.getBuildRecord(other.id);
      expect(skipped).toMatchObject({ status: 'skipped', problem: { code: 'build.job_removed' } });
      await expect(approve(world, other, 'ada')).rejects.toMatchObject({ code: 'store.conflict' });
    });

    test('one that somebody approved is withdrawn when its version is disabled, as it would be behind the gate', async () => {
      const world = await open();
      const app = await gated(world, TWO);
      const [a] = await world.versions(app.resource, 'a');
      const build = some((await decide(world, app, some(a)))[0]);
      await approve(world, build, 'ada');
      const queued = async () => some(await world.store.schedulingFacts(app.pipeline.id)).jobs[0]?.queued;
      expect(await queued()).toBeUndefined();
      await world.store.disableVersion(some(a).id, world.mark());
      expect(await queued()).toMatchObject([{ buildId: build.id }]);
      const withdrawals = [{ buildId: build.id, problem: { code: 'build.withdrawn', message: 'disabled' } }];
      await world.store.commitDecisions(commit(world, app, { withdrawals }));
      expect(await world.store.getBuildRecord(build.id)).toMatchObject({ status: 'skipped' });
      await expect(approve(world, build, 'bob')).rejects.toMatchObject({ code: 'store.conflict' });
      // It is built again, and asked about again, should the version be enabled.
      await world.store.disableVersion(some(a).id, undefined);
      expect(await decide(world, app, some(a))).toMatchObject([{ number: 2, status: 'waiting_for_approval' }]);
    });

    test('whether it waits for approval is told to the scheduler', async () => {
      const world = await open();
      const stops = await gated(world, ONE, { interruptible: true });
      const [a] = await world.versions(stops.resource, 'a');
      const facts = async () => some(some(await world.store.schedulingFacts(stops.pipeline.id)).jobs[0]);
      const build = some((await decide(world, stops, some(a)))[0]);
      expect((await facts()).pending).toMatchObject({ buildId: build.id, needsApproval: true });
      await approve(world, build, 'ada');
      expect((await facts()).live).toMatchObject([{ buildId: build.id, needsApproval: false }]);

      const every = await gated(world, ONE, { interruptible: true, every: true }, 'every');
      const [b] = await world.versions(every.resource, 'b');
      await decide(world, every, some(b));
      const [job] = some(await world.store.schedulingFacts(every.pipeline.id)).jobs;
      expect(job?.live).toMatchObject([{ needsApproval: true }]);
    });

    test('with the pipeline its votes are gone', async () => {
      const world = await open();
      const app = await gated(world, TWO);
      const build = await world.trigger(app);
      await approve(world, build, 'ada');
      await world.store.deletePipeline(app.pipeline.id);
      expect(await world.store.votesOn([build.id])).toEqual(new Map());
      await expect(approve(world, build, 'bob')).rejects.toMatchObject({ code: 'store.not_found' });
    });

    test('every version waits for itself; an interruptible job may stop the older ones', async () => {
      const world = await open();
      const app = await gated(world, ONE, { every: true });
      const [a, b] = await world.versions(app.resource, 'a', 'b');
      const builds = [some(a), some(b)].map((version) => automatic(world, app, version));
      const made = await world.store.commitDecisions(commit(world, app, { builds }));
      expect(made.map(({ status }) => status)).toEqual(['waiting_for_approval', 'waiting_for_approval']);
      expect(await approve(world, some(made[1]), 'ada')).toMatchObject({ status: 'pending' });
      expect(await world.store.getBuildRecord(some(made[0]).id)).toMatchObject({ status: 'waiting_for_approval' });
    });
  });

  describe('what a build is given', () => {
    test('its inputs are recorded on it, and reach who runs it', async () => {
      const world = await open();
      const app = await world.simple();
      const inputs = [
        { name: 'version', type: 'string' as const, required: true, sensitive: false },
        { name: 'token', type: 'string' as const, required: false, sensitive: true },
      ];
      const plan = { ...app.plan, inputs };
      const build = await world.trigger(app, {
        plan,
        inputValues: { version: '1.2', list: ['a'] },
        sealedInputs: 'c2VhbGVk',
      });
      const detail = some(await world.store.getBuild(build.id));
      expect(detail).toMatchObject({ inputValues: { version: '1.2', list: ['a'] }, sealedInputs: 'c2VhbGVk' });
      const granted = some(await world.grantBuild());
      expect(granted.build).toMatchObject({ inputValues: { version: '1.2' }, sealedInputs: 'c2VhbGVk' });
      expect(await world.store.getBuild((await world.trigger(app)).id)).toMatchObject({ inputValues: {} });
    });
  });
}
