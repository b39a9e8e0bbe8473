/** A pipeline as outlines of its top-level blocks, each with what a comparison of two must know of it. */

import { writeDuration } from '../lib/duration.ts';
import type { CheckSchedule, Pipeline, Resource } from './model.ts';
import { isOfModule } from './module-path.ts';
import {
  duration,
  given,
  header,
  known,
  type OutlineBlock,
  type OutlineValue,
  optionalBlock,
  otherEntries,
  outlineBlock,
  planned,
  plannedEntries,
} from './outline.ts';
import { addressLabels, outlineCommand, outlineJob } from './outline-job.ts';
import { blockInWords, outlineModules } from './outline-modules.ts';
import type { VariableBinding } from './plan.ts';
import type {
  CommandTemplate,
  NotificationType,
  ResourceType,
  RunnerType,
  SecretType,
  ServiceType,
} from './plan-types.ts';

export interface TopLevelBlock {
  readonly type: string;
  readonly name: string;
  readonly outline: OutlineBlock;
  /** A type that came with pikoci: it comes and goes with its use. */
  readonly builtin: boolean;
}

/** What a value that must not be shown reads as. */
export const HIDDEN = '(sensitive)';

export function outlinePipeline({ scope, types, resources, jobs }: Pipeline): TopLevelBlock[] {
  const own = (type: string, name: string, outline: OutlineBlock, builtin = false): TopLevelBlock => ({
    type,
    name,
    outline,
    builtin,
  });
  const typesOf = <T extends { readonly builtin: boolean }>(
    type: string,
    known: Readonly<Record<string, T>>,
    outline: (of: T, header: string) => OutlineBlock,
  ): TopLevelBlock[] =>
    Object.entries(known).map(([name, of]) => own(type, name, outline(of, header(type, name)), of.builtin));
  const modules = outlineModules(scope, valueOfVariable);
  const paths = modules.map(({ path }) => path);
  const words = (name: string, outline: OutlineBlock): OutlineBlock => blockInWords(outline, name, paths);
  const ofPipeline = <T>(entries: Readonly<Record<string, T>>): [string, T][] =>
    Object.entries(entries).filter(([name]) => !isOfModule(name));
  return [
    ...ofPipeline(scope.variables).map(([name, binding]) => own('variable', name, outlineVariable(name, binding))),
    ...ofPipeline(scope.locals).map(([name, value]) =>
      own('local', name, words(name, outlineBlock(`local.${name}`, { value: planned(value) }))),
    ),
    ...modules.map(({ name, outline }) => own('module', name, outline)),
    ...typesOf('runner_type', types.runners, outlineRunnerType),
    ...typesOf('resource_type', types.resources, outlineResourceType),
    ...typesOf('service_type', types.services, outlineServiceType),
    ...typesOf('secret_type', types.secrets, outlineSecretType),
    ...typesOf('notification_type', types.notifications, outlineNotificationType),
    ...resources.map((resource) => own('resource', resource.address, words(resource.name, outlineResource(resource)))),
    ...jobs.map((job) => own('job', job.name, words(job.name, outlineJob(job)))),
  ];
}

function outlineVariable(name: string, binding: VariableBinding): OutlineBlock {
  const { value, blocks } = valueOfVariable(binding);
  return outlineBlock(header('variable', name), { value }, blocks);
}

function valueOfVariable(binding: VariableBinding): { value?: OutlineValue; blocks: readonly OutlineBlock[] } {
  switch (binding.kind) {
    case 'known':
      return { value: known(binding.value), blocks: [] };
    case 'sealed':
      return { value: { text: HIDDEN, sensitive: true }, blocks: [] };
    case 'secret':
      return { blocks: [outlineBlock(header('secret', binding.type), plannedEntries(binding.params))] };
  }
}

function outlineResource(resource: Resource): OutlineBlock {
  const { type: _type, name: _name, address, at: _at, params, schedule, pinned, ...rest } = resource;
  return outlineBlock(
    header('resource', ...addressLabels(address)),
    { ...scheduleOf(schedule), version: pinned && known(pinned), ...otherEntries(rest) },
    [optionalBlock('params', plannedEntries(params))],
  );
}

function scheduleOf(schedule: CheckSchedule | undefined) {
  if (schedule === undefined) return {};
  if (schedule.kind === 'every') return { check_interval: known(`@every ${writeDuration(schedule.ms)}`) };
  const { expression, timezone } = schedule;
  return { check_interval: known(expression), timezone: known(timezone) };
}

function outlineRunnerType(type: RunnerType, head: string): OutlineBlock {
  const { name: _name, builtin: _builtin, run, prepare, cancel, cleanup, ...rest } = type;
  const command = (part: string, template: CommandTemplate | undefined) =>
    template && outlineBlock(part, otherEntries({ ...template }));
  return outlineBlock(head, otherEntries(rest), [
    command('run', run),
    command('prepare', prepare),
    command('cancel', cancel),
    command('cleanup', cleanup),
  ]);
}

function outlineResourceType(type: ResourceType, head: string): OutlineBlock {
  const { name: _name, builtin: _builtin, check, pull, push, ...rest } = type;
  return outlineBlock(head, otherEntries(rest), [
    check && outlineCommand('check', check),
    pull && outlineCommand('pull', pull),
    push && outlineCommand('push', push),
  ]);
}

function outlineServiceType(type: ServiceType, head: string): OutlineBlock {
  const { name: _name, builtin: _builtin, defaults, start, readyCheck, stop, ...rest } = type;
  return outlineBlock(head, otherEntries(rest), [
    optionalBlock('defaults', plannedEntries(defaults)),
    outlineCommand('start', start),
    readyCheck && withTimes(outlineCommand('ready_check', readyCheck.command), readyCheck),
    stop && outlineCommand('stop', stop),
  ]);
}

function withTimes(command: OutlineBlock, { intervalMs, timeoutMs }: { intervalMs: number; timeoutMs: number }) {
  const times = { interval: duration(intervalMs), timeout: duration(timeoutMs) };
  return outlineBlock(command.header, { ...Object.fromEntries(command.attributes), ...times }, command.blocks);
}

function outlineSecretType(type: SecretType, head: string): OutlineBlock {
  const { name: _name, builtin: _builtin, config, get, passEnv, ...rest } = type;
  return outlineBlock(head, { ...plannedEntries(config), ...otherEntries(rest), pass_env: given(passEnv) }, [
    ...(get === undefined ? [] : [outlineCommand('get', get)]),
  ]);
}

function outlineNotificationType(type: NotificationType, head: string): OutlineBlock {
  const { name: _name, builtin: _builtin, notify, ...rest } = type;
  return outlineBlock(head, otherEntries(rest), [outlineCommand('notify', notify)]);
}
