/** A job of Concourse. */
import { Block } from '../hcl-block.ts';
import { Names, nameOf } from '../names.ts';
import type { Source } from '../source.ts';
import type { Concourse } from './concourse.ts';
import { convertHooks, convertSteps, type StepPlace } from './steps.ts';

const jobName = (name: string): string => nameOf(name, 'job');

export function convertJob(job: Source, concourse: Concourse): Block {
  const { conversion } = concourse;
  const name = jobName(job.textOf('name') ?? 'job');
  const block = new Block('job', [name]);
  const serial = job.flagOf('serial') === true;
  const most = job.numberOf('max_in_flight');
  block.set('concurrency', serial ? 1 : most);
  block.set('serial_groups', job.textsOf('serial_groups'));
  if (job.flagOf('interruptible') === true) block.set('interruptible', true);
  if (job.flagOf('disable_manual_trigger') === true) block.set('disable_manual_trigger', true);
  const kept = keptBuilds(job);
  if (kept !== undefined) block.add(kept);
  // What is not wanted is so by itself.
  job.flagOf('public');
  const isPublic = job.entries.get('public');
  if (isPublic?.scalar === true)
    conversion.notConverted(block, isPublic, 'who sees a pipeline is decided for all of it', `pikoci pipelines expose`);
  const place: StepPlace = { concourse, names: new Names(), locals: new Map(), lost: new Set() };
  convertSteps(job.get('plan')?.elements() ?? [], block, place);
  convertHooks(job, block, place);
  conversion.leftovers(block, job);
  return block;
}

function keptBuilds(job: Source): Block | undefined {
  const retention = job.get('build_log_retention');
  const builds = retention?.numberOf('builds') ?? job.numberOf('build_logs_to_retain');
  const days = retention?.numberOf('days');
  const block = new Block('retain');
  if (builds !== undefined && builds > 0) block.set('builds', builds);
  if (days !== undefined && days > 0) block.set('days', days);
  return block.isEmpty() ? undefined : block;
}
