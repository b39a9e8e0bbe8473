import { describe, expect, test } from 'bun:test';
import type { Job } from '../../pipeline/model.ts';
import type { GrantedBuild, JobRecord, PipelineRecord } from '../records.ts';
import { grantCases } from './grant-cases.ts';
import { job, model, type Open, planOf, some, task, type World } from './world.ts';

type Jobs = ReadonlyMap<string, { readonly of: Job; readonly record: JobRecord }>;

/** The script of a case, played against the store; what workers got and what the case says they get. */
class Play {
  readonly #world: World;
  readonly #pipeline: PipelineRecord;
  readonly #jobs: Jobs;
  readonly #granted = new Map<string, { readonly work: GrantedBuild; events: number }>();

  private constructor(world: World, pipeline: PipelineRecord, jobs: Jobs) {
    this.#world = world;
    this.#pipeline = pipeline;
    this.#jobs = jobs;
  }

  static async of(world: World, text: string): Promise<Play> {
    const all = text.split(';').map(parseJob);
    const pipeline = await world.set('app', model([], all));
    const records = new Map((await world.store.listJobs(pipeline.id)).map((record) => [record.name, record]));
    return new Play(world, pipeline, new Map(all.map((of) => [of.name, { of, record: some(records.get(of.name)) }])));
  }

  async step(line: string): Promise<void> {
    const [verb = '', ...words] = line.trim().split(/\s+/);
    const [name = ''] = words;
    const { store, clock } = this.#world;
    switch (verb) {
      case 'queue':
        for (const word of words) await this.#queue(word);
        return;
      case 'ask':
        expect(`${line.trim().split(' -> ')[0]} -> ${await this.ask(name === '->' ? [] : name.split(','))}`).toBe(
          line.trim(),
        );
        return;
      case 'end':
      case 'fail':
      case 'error':
        await this.#end(name, verb === 'end' ? 'succeeded' : verb === 'fail' ? 'failed' : 'errored');
        return;
      case 'lose':
        await store.surrender(
          [some(this.#granted.get(name)).work.attempt.id],
          this.#world.workerId,
          this.#world.retries,
        );
        return;
      case 'cancel':
        await store.cancelBuild(
          some(await store.findBuild(this.#record(name).id, Number(name.split('#')[1]))).id,
          'ada',
          clock.now(),
        );
        return;
      case 'pause':
      case 'unpause': {
        const mark = verb === 'pause' ? this.#world.mark() : undefined;
        if (name === 'pipeline') await store.pausePipeline(this.#pipeline.id, mark, clock.now());
        else await store.pauseJob(this.#record(name).id, mark, clock.now());
        return;
      }
      case 'wait':
        clock.forward(milliseconds(name));
        return;
      case 'back':
        clock.forward(-milliseconds(name));
        return;
      default:
        throw new Error(`not a line of a grant case: ${line}`);
    }
  }

  async #queue(name: string): Promise<void> {
    const { of, record } = some(this.#jobs.get(name));
    // So that age decides, and not the chance in an id.
    this.#world.clock.forward(1);
    const app = {
      pipeline: this.#pipeline,
      job: record,
      resource: undefined as never,
      plan: { ...planOf(of, []), tags: of.tags },
    };
    await this.#world.trigger(app, { priority: of.priority });
  }

  /** `only:` before them: by an exclusive worker. */
  async ask(words: readonly string[]): Promise<string> {
    const exclusive = words[0]?.startsWith('only:') === true;
    const tags = words.map((word) => word.replace(/^only:/, '')).filter((word) => word !== '');
    const work = await this.#world.grantBuild({ tags, exclusive });
    if (work === undefined) return 'nothing';
    const name = `${work.build.job}#${work.build.number}`;
    this.#granted.set(name, { work, events: 0 });
    return name;
  }

  async #end(name: string, outcome: 'succeeded' | 'failed' | 'errored'): Promise<void> {
    const granted = some(this.#granted.get(name));
    await this.#world.append(granted.work, granted.events + 1, this.#world.started(), this.#world.ended(outcome));
    granted.events += 2;
    this.#granted.delete(name);
  }

  /** Names of builds that are under way. */
  running(): readonly string[] {
    return [...this.#granted.keys()];
  }

  async ended(): Promise<number> {
    const status = ['succeeded', 'failed', 'errored'] as const;
    return (await this.#world.store.listBuilds({ pipelineId: this.#pipeline.id, status, limit: 1_000 })).items.length;
  }

  #record(name: string): JobRecord {
    return some(this.#jobs.get(name.split('#')[0] ?? '')).record;
  }
}

function parseJob(text: string): Job {
  const [name = '', ...words] = text.trim().split(/\s+/);
  const after = (word: string): string | undefined =>
    words.includes(word) ? words[words.indexOf(word) + 1] : undefined;
  const list = (word: string): string[] => after(word)?.split(',') ?? [];
  const number = (word: string): number | undefined => (after(word) === undefined ? undefined : Number(after(word)));
  return job(name, [task('1')], {
    concurrency: number('concurrency'),
    serialGroups: list('groups'),
    tags: list('tags'),
    priority: number('priority') ?? 0,
    errorRetries: number('retries'),
  });
}

function milliseconds(text: string): number {
  const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
  return Number.parseInt(text, 10) * some(units[text.at(-1) ?? '']);
}

/** Numbers in [0, 1) that a seed repeats. */
function randomOf(seed: number): () => number {
  return () => {
    seed = (Math.imul(seed ^ (seed >>> 15), 1 | seed) + 0x6d2b79f5) | 0;
    return ((seed ^ (seed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Jobs with limits, groups, tags and priorities by chance, and a script that queues builds and ends what runs until all are done. */
async function playAtRandom(world: World, seed: number): Promise<void> {
  const random = randomOf(seed + 1);
  const some = (words: readonly string[]): string => words.filter(() => random() < 0.5).join(',');
  const names = ['a', 'b', 'c', 'd'];
  const options = (): string => {
    const [groups, tags] = [some(['x', 'y', 'z']), some(['gpu', 'arm'])];
    const limits = random() < 0.4 ? ` concurrency ${1 + Math.floor(random() * 2)}` : '';
    return `${limits}${groups && ` groups ${groups}`}${tags && ` tags ${tags}`} priority ${Math.floor(random() * 2)}`;
  };
  const play = await Play.of(world, names.map((name) => name + options()).join(';'));
  let queued = 0;
  let done = 0;
  for (let step = 0; done < queued || step < 40; step++) {
    expect(step).toBeLessThan(400);
    if (step < 40 && random() < 0.5) {
      await play.step(`queue ${names[Math.floor(random() * names.length)]}`);
      queued += 1;
    }
    // A worker that can do everything takes all there is to take.
    for (let got = ''; got !== 'nothing'; ) got = await play.ask(['gpu', 'arm']);
    const running = play.running();
    // Whatever waits, waits for something that runs.
    if (running.length === 0) expect(done).toBe(queued);
    const name = running[Math.floor(random() * running.length)];
    if (name === undefined) continue;
    if (random() < 0.2) {
      await play.step(`error ${name}`);
      await play.step('wait 10s');
      // Retries used up end it, too.
    } else await play.step(`end ${name}`);
    done = await play.ended();
  }
}

export function grantTableContract(open: Open): void {
  describe('who gets the next slot', () => {
    test.each(grantCases.map((one) => [one.name, one] as const))('%s', async (_name, { jobs, script }) => {
      const play = await Play.of(await open(), jobs);
      for (const line of script.split(';')) await play.step(line);
    });

    test.each(Array.from({ length: 3 }, (_, seed) => [seed]))(
      'by chance: nothing waits for nothing, seed %i',
      async (seed) => {
        await playAtRandom(await open(), seed);
      },
    );
  });
}
