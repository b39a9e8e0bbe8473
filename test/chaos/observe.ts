/** What can be seen of a run from outside, when all is over. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '../../src/client/client.ts';
import type { BuildDetailView, BuildView } from '../../src/protocol/builds.ts';
import { isEnded } from '../../src/protocol/status.ts';
import { processesOf } from '../servers/processes-of.ts';
import { type BuildRecord, type MarkRecord, parseMark, type TextRecord } from './records.ts';
import type { World } from './world.ts';

const PAGE = 200;

export async function listAllBuilds(client: Client, pipeline: string): Promise<BuildView[]> {
  const all: BuildView[] = [];
  for (let after: string | undefined; ; ) {
    const page = await client.call('listBuilds', { query: { pipeline, limit: PAGE, ...(after && { after }) } });
    all.push(...page.items);
    if (page.next === undefined) return all;
    after = page.next;
  }
}

export async function listAllVersions(client: Client, pipeline: string, address: string): Promise<string[]> {
  const all: string[] = [];
  for (let after: string | undefined; ; ) {
    const params = { team: 'main', pipeline, address };
    const page = await client.call('listVersions', { params, query: { limit: PAGE, ...(after && { after }) } });
    all.push(...page.items.map(({ version }) => String(version.ref)));
    if (page.next === undefined) return all;
    after = page.next;
  }
}

export const linesOf = (world: World, file: string): string[] =>
  readFileSync(join(world.ledger, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '');

/** Why it is not over yet, a reason each; none when it is: every build has ended, and every version that was pushed is known and built. */
export async function whatIsOpen(world: World, client: Client, pipeline: string): Promise<readonly string[]> {
  const builds = await listAllBuilds(client, pipeline);
  const open = builds.filter(({ status }) => !isEnded(status));
  if (open.length > 0) return open.map(({ job, number, status }) => `${job} #${number} ${status}`);
  const versions = new Set(await listAllVersions(client, pipeline, 'ledger.pushed'));
  const built = new Set(
    builds.flatMap(({ job, versions: of }) => (job === 'each' ? Object.values(of).map(({ ref }) => String(ref)) : [])),
  );
  const missing = linesOf(world, 'pushed').filter((ref) => !versions.has(ref) || !built.has(ref));
  return missing.map((ref) => `version ${ref} not known or not built`);
}

export interface Observed {
  readonly builds: readonly BuildRecord[];
  readonly marks: readonly MarkRecord[];
  readonly texts: readonly TextRecord[];
  readonly pushed: readonly string[];
  readonly versions: readonly string[];
}

export async function observe(world: World, client: Client, pipeline: string): Promise<Observed> {
  const [builds, texts]: [BuildRecord[], TextRecord[]] = [[], []];
  const files = Map.groupBy(readdirSync(join(world.ledger, 'out')), (file) => file.split('.')[0] ?? '');
  for (const { id } of await listAllBuilds(client, pipeline)) {
    const detail = await client.call('getBuild', { params: { build: id } });
    texts.push(...(await readTexts(world, client, detail, files.get(id) ?? [])));
    files.delete(id);
    builds.push({
      ...{ id, job: detail.job, number: detail.number, status: detail.status },
      token: detail.cause.kind === 'manual' ? detail.cause.reason : undefined,
      version: detail.job === 'each' ? String(Object.values(detail.versions)[0]?.ref) : undefined,
      attempts: detail.attempts.map(({ steps, ...attempt }) => ({
        ...attempt,
        steps: steps.flatMap(({ step: stepId, status, exitCode }) => {
          const step = detail.steps.find((candidate) => candidate.id === stepId);
          return step === undefined ? [] : [{ name: step.name, kind: step.kind, status, exitCode }];
        }),
      })),
    });
  }
  // Of builds that nobody knows.
  for (const [build, of] of files)
    for (const file of of) texts.push({ ...nameParts(file), build, written: '', logged: undefined });
  return {
    builds,
    marks: linesOf(world, 'marks').map(parseMark),
    texts,
    pushed: linesOf(world, 'pushed'),
    versions: await listAllVersions(client, pipeline, 'ledger.pushed'),
  };
}

/** The name of a file is `BUILD.ATTEMPT.STEP`. */
function nameParts(file: string): { readonly attempt: number; readonly name: string } {
  const [, attempt = '', name = ''] = file.split('.');
  return { attempt: Number(attempt), name };
}

async function readTexts(
  world: World,
  client: Client,
  build: BuildDetailView,
  files: readonly string[],
): Promise<TextRecord[]> {
  return await Promise.all(
    files.map(async (file) => {
      const { attempt, name } = nameParts(file);
      const written = readFileSync(join(world.ledger, 'out', file), 'latin1');
      const step = build.steps.find((candidate) => candidate.kind === 'task' && candidate.name === name)?.id;
      const known = build.attempts.find(({ number }) => number === attempt)?.steps.some((state) => state.step === step);
      if (step === undefined || known !== true) return { build: build.id, attempt, name, written, logged: undefined };
      const answer = await client.bytes('stepLog', { params: { build: build.id, step }, query: { attempt } });
      const logged = Buffer.from(await answer.arrayBuffer()).toString('latin1');
      return { build: build.id, attempt, name, written, logged };
    }),
  );
}

/** In words, whatever is still there although every server and worker has ended. */
export async function whatIsLeft(world: World, directory: string): Promise<string[]> {
  const processes = processesOf(directory).map(({ pid, command }) => `process ${pid}: ${command}`);
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes(directory))
    .map((line) => `mount ${line}`);
  const work = world.workers.flatMap(({ dataDir }) => {
    const path = join(dataDir, 'work');
    return existsSync(path) ? readdirSync(path).map((name) => `work directory ${join(path, name)}`) : [];
  });
  return [...processes, ...mounts, ...work, ...(await world.takenSlots())];
}
