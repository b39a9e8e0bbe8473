/** Bodies of `resource_type`, `runner_type`, `service_type`, `secret_type` and `notification_type`. */
import type { Attribute } from '../hcl/syntax.ts';
import { mapType, STRING } from '../hcl/type.ts';
import type { Json } from '../lib/json.ts';
import { nearest } from '../lib/nearest.ts';
import { readAllowedValues } from './allowed-values.ts';
import { LIMIT_NAMES } from './limits.ts';
import type { KnownRunner } from './load-command.ts';
import type { Loading } from './loading.ts';
import type {
  CommandTemplate,
  NotificationType,
  ResourceType,
  RunnerType,
  SecretType,
  ServiceType,
} from './plan-types.ts';
import type { PlanValue } from './plan-value.ts';
import { type DeclaredType, type LoadedType, TypeReader, type TypeReading } from './type-reader.ts';

export function readRunnerType(declared: DeclaredType, reading: TypeReading): KnownRunner | undefined {
  const reader = new TypeReader('runner_type', declared, reading);
  const required = reader.texts('required') ?? [];
  // What it takes is what its commands mention; a list of them is welcome, as in the other types.
  reader.texts('params');
  const workdir = reader.expressions.text(reader.reader.attribute('workdir'), reader.names);
  const errorExitCodes = readExitCodes(reader, reading.loading);
  const defaults: Record<string, Json> = {};
  for (const [name, value] of Object.entries(reader.defaults())) {
    if (value.kind === 'known') defaults[name] = value.value;
    else {
      const detail = `The default of "${name}" must be known when the pipeline is set.`;
      reading.loading.error('not-known-yet', 'Not known yet', detail, { subject: declared.at });
    }
  }
  const run = readTemplate('run', reader, reading.loading);
  const others = ['prepare', 'cancel', 'cleanup'].map((name) => [name, readTemplate(name, reader, reading.loading)]);
  reader.finish();
  if (run === undefined) {
    const hasRun = reader.reader.block('run') !== undefined;
    return hasRun ? undefined : reader.missing('run', 'run { path = "…" args = ["…"] }');
  }
  const type: RunnerType = {
    name: declared.name,
    builtin: declared.builtin,
    run,
    ...Object.fromEntries(others.filter(([, template]) => template !== undefined)),
    ...(workdir !== undefined && { workdir }),
    ...(errorExitCodes !== undefined && { errorExitCodes }),
    defaults,
  };
  return { type, required };
}

function readExitCodes(reader: TypeReader, loading: Loading): number[] | undefined {
  const attribute = reader.reader.attribute('error_exit_codes');
  const texts = reader.expressions.texts(attribute, reader.names);
  const wrong = texts?.filter((text) => !/^\d+$/.test(text) || Number(text) < 1 || Number(text) > 255) ?? [];
  if (wrong.length > 0) {
    const detail = `Exit codes are whole numbers from 1 to 255, and ${wrong.join(', ')} is none: error_exit_codes = [125].`;
    loading.error('bad-exit-code', 'Not an exit code', detail, { subject: attribute?.expression.range });
    return undefined;
  }
  return texts?.map(Number);
}

function readTemplate(name: string, reader: TypeReader, loading: Loading): CommandTemplate | undefined {
  const beside = reader.own?.block(name);
  if (beside !== undefined) {
    const detail = `${reader.reader.owner} has a source, which brings its own "${name}". Use one or the other.`;
    loading.error('source-and-inline', 'Both source and inline', detail, { subject: beside.headerRange });
  }
  const block = reader.reader.block(name);
  if (block === undefined || loading.labels(block) === undefined) return undefined;
  const inner = loading.reader(block.body, `${name} of ${reader.reader.owner}`);
  const pathAttribute = inner.attribute('path');
  const path = loading.expressions.text(pathAttribute, reader.names);
  const args = loading.expressions.texts(inner.attribute('args'), reader.names) ?? [];
  const dir = loading.expressions.text(inner.attribute('dir'), reader.names);
  const limits = (name === 'run' ? LIMIT_NAMES : []).map(
    (limit) => [limit, loading.expressions.text(inner.attribute(limit), reader.names)] as const,
  );
  const env = readTemplateEnv(inner.attribute('env'), reader, loading);
  inner.finish();
  if (pathAttribute === undefined && !inner.isMeant('path') && !loading.isUnread(block.range)) {
    const detail = `The "${name}" block of a runner type needs "path": the program to start.`;
    loading.error('missing-attribute', 'Attribute missing', detail, { subject: block.headerRange });
  }
  if (path === undefined) return undefined;
  const given = Object.fromEntries(limits.filter(([, text]) => text !== undefined));
  return { path, args, ...(dir !== undefined && { dir }), ...(env !== undefined && { env }), ...given };
}

function readTemplateEnv(
  attribute: Attribute | undefined,
  { names }: TypeReader,
  { expressions }: Loading,
): Record<string, string> | undefined {
  const value = attribute && expressions.constantJson(attribute.expression, '"env"', mapType(STRING), names);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : [])),
  );
}

export function readResourceType(declared: DeclaredType, reading: TypeReading): LoadedType<ResourceType> {
  const reader = new TypeReader('resource_type', declared, reading);
  const accepts = reader.texts('params');
  const stepAccepts = reader.texts('step_params');
  const required = reader.texts('required') ?? [];
  const values = readAllowedValues(reader, accepts);
  const defaults = reader.defaults();
  const cache = reader.flag('cache');
  const engine = declared.builtin
    ? reader.expressions.text(reader.reader.attribute('engine'), reader.names)
    : undefined;
  const [check, pull, push] = [reader.command('check'), reader.command('pull'), reader.command('push')];
  reader.finish();
  const type: ResourceType = {
    name: declared.name,
    builtin: declared.builtin,
    params: accepts ?? [],
    cache,
    ...(engine === 'artifact' && { engine }),
    ...(check !== undefined && { check }),
    ...(pull !== undefined && { pull }),
    ...(push !== undefined && { push }),
  };
  return { type, accepts, required, values, stepAccepts, defaults };
}

export function readServiceType(declared: DeclaredType, reading: TypeReading): LoadedType<ServiceType> | undefined {
  const reader = new TypeReader('service_type', declared, reading);
  const accepts = reader.texts('params');
  const required = reader.texts('required') ?? [];
  const values = readAllowedValues(reader, accepts);
  const defaults = reader.defaults();
  const start = reader.command('start');
  const ready = reader.commandWith('ready_check', (inner) => ({
    intervalMs: reader.expressions.duration(inner.attribute('interval'), reader.names) ?? 1_000,
    timeoutMs: reader.expressions.duration(inner.attribute('timeout'), reader.names) ?? 60_000,
  }));
  const stop = reader.command('stop');
  const hasStart = reader.reader.block('start') !== undefined;
  reader.finish();
  if (!hasStart) return reader.missing('start');
  if (start === undefined) return undefined;
  const type: ServiceType = {
    name: declared.name,
    builtin: declared.builtin,
    params: accepts ?? [],
    defaults,
    start,
    ...(ready?.command !== undefined && { readyCheck: { command: ready.command, ...ready.own } }),
    ...(stop !== undefined && { stop }),
  };
  return { type, accepts, required, values, defaults };
}

export function readSecretType(declared: DeclaredType, reading: TypeReading): LoadedType<SecretType> | undefined {
  const reader = new TypeReader('secret_type', declared, reading);
  const accepts = reader.texts('params');
  const required = reader.texts('required') ?? [];
  const values = readAllowedValues(reader, accepts);
  const defaults = reader.defaults();
  const get = reader.command('get');
  const passEnv = declared.builtin ? reader.texts('pass_env') : undefined;
  const hasGet = reader.reader.block('get') !== undefined;
  const config: Record<string, PlanValue> = { ...defaults };
  const places = [
    { at: reader.reader, names: reader.names, checked: false },
    { at: reader.own, names: declared.own?.names ?? reader.names, checked: true },
  ];
  for (const { at, names, checked } of places) {
    for (const attribute of at?.otherAttributes() ?? []) {
      if (checked && accepts !== undefined && !accepts.includes(attribute.name)) {
        const suggestion = nearest(attribute.name, accepts);
        const list = suggestion === undefined ? ` It takes: ${accepts.join(', ')}.` : '';
        const detail = `The secret type "${declared.name}" has no parameter "${attribute.name}".${list}`;
        reading.loading.error('unknown-parameter', 'Unknown parameter', detail, {
          subject: attribute.nameRange,
          suggestion,
        });
      }
      config[attribute.name] = reader.expressions.planValue(attribute.expression, names).plan;
    }
  }
  reader.finish();
  const server = declared.builtin ? serverAnswer(reader) : undefined;
  if (!hasGet && server === undefined) return reader.missing('get');
  if (hasGet && get === undefined) return undefined;
  const type: SecretType = {
    name: declared.name,
    builtin: declared.builtin,
    params: accepts ?? [],
    config,
    ...(get !== undefined && { get }),
    ...(server !== undefined && { server }),
    ...(passEnv !== undefined && { passEnv }),
  };
  return { type, accepts, required, values, defaults };
}

/** `server = "secret"` of a built-in type: no command fetches it. */
function serverAnswer(reader: TypeReader): SecretType['server'] {
  const said = reader.expressions.text(reader.reader.attribute('server'), reader.names);
  return said === 'secret' || said === 'id_token' ? said : undefined;
}

export function readNotificationType(
  declared: DeclaredType,
  reading: TypeReading,
): LoadedType<NotificationType> | undefined {
  const reader = new TypeReader('notification_type', declared, reading);
  const accepts = reader.texts('params');
  const stepAccepts = reader.texts('step_params');
  const required = reader.texts('required') ?? [];
  const values = readAllowedValues(reader, accepts);
  const defaults = reader.defaults();
  const notify = reader.command('notify');
  const hasNotify = reader.reader.block('notify') !== undefined;
  reader.finish();
  if (!hasNotify) return reader.missing('notify');
  if (notify === undefined) return undefined;
  const type: NotificationType = { name: declared.name, builtin: declared.builtin, params: accepts ?? [], notify };
  return { type, accepts, required, values, stepAccepts, defaults };
}
