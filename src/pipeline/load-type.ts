/** Bodies of `resource_type`, `runner_type`, `service_type`, `secret_type` and `notification_type`. */
import type { Range } from '../hcl/position.ts';
import type { Block, Body } from '../hcl/syntax.ts';
import type { Json } from '../lib/json.ts';
import { nearest } from '../lib/nearest.ts';
import type { BlockReader } from './block-reader.ts';
import { type CommandPlace, commandFrom, type FindRunner, type KnownRunner } from './load-command.ts';
import type { Loading } from './loading.ts';
import type { Names } from './names.ts';
import type {
  CommandTemplate,
  NotificationType,
  PlanValue,
  ResourceType,
  RunnerCommand,
  RunnerType,
  SecretType,
  ServiceType,
} from './plan.ts';

/** A type as it was found, not read yet. */
export interface DeclaredType {
  readonly name: string;
  readonly body: Body;
  /** The block in the pipeline that names the source, when `body` comes from one. */
  readonly own: { readonly body: Body; readonly names: Names } | undefined;
  readonly builtin: boolean;
  readonly names: Names;
  readonly at: Range;
}

/** A type, and what its instances may and must give. */
export interface LoadedType<T> {
  readonly type: T;
  /** Undefined: it said nothing about parameters. */
  readonly accepts: readonly string[] | undefined;
  readonly required: readonly string[];
  readonly defaults: Readonly<Record<string, PlanValue>>;
}

export interface TypeReading {
  readonly loading: Loading;
  readonly findRunner: FindRunner;
  readonly command: (block: Block, place: Omit<CommandPlace, 'findRunner'>) => RunnerCommand | undefined;
}

/** What all kinds have in common; `reader` is at the body that holds the commands. */
class TypeReader {
  readonly declared: DeclaredType;
  readonly reader: BlockReader;
  /** At the pipeline's own block, when the type has a source. */
  readonly own: BlockReader | undefined;
  readonly #reading: TypeReading;
  #through: RunnerCommand | undefined;

  constructor(kind: string, declared: DeclaredType, reading: TypeReading) {
    this.declared = declared;
    this.#reading = reading;
    const owner = `${kind} "${declared.name}"`;
    this.reader = reading.loading.reader(declared.body, owner);
    this.own = declared.own && reading.loading.reader(declared.own.body, owner);
    this.own?.attribute('source');
    this.own?.attribute('sha256');
    for (const reader of [this.reader, this.own]) reader?.attribute('description');
    this.#through = this.#readThrough();
  }

  get expressions() {
    return this.#reading.loading.expressions;
  }

  get names(): Names {
    return this.declared.names;
  }

  texts(name: string): string[] | undefined {
    return this.expressions.texts(this.reader.attribute(name), this.names);
  }

  /** `cache = true`, in the source or beside it. */
  flag(name: string): boolean {
    const beside = this.own && this.expressions.flag(this.own.attribute(name), this.declared.own?.names ?? this.names);
    return beside ?? this.expressions.flag(this.reader.attribute(name), this.names) ?? false;
  }

  /** `defaults = { … }`: what stands in for parameters not given. Those beside the source win. */
  defaults(): Record<string, PlanValue> {
    const values: Record<string, PlanValue> = {};
    const places = [
      { reader: this.reader, names: this.names },
      { reader: this.own, names: this.declared.own?.names ?? this.names },
    ];
    for (const { reader, names } of places) {
      const attribute = reader?.attribute('defaults');
      const entries = attribute && this.expressions.planEntries(attribute, names);
      for (const [key, { plan }] of entries ?? []) values[key] = plan;
    }
    return values;
  }

  command(name: string): RunnerCommand | undefined {
    const block = this.#commandBlock(name);
    return block && this.#reading.command(block, this.place());
  }

  /** For a command with attributes of its own, such as `interval`: they are asked for before the runner's are. */
  commandWith<T>(
    name: string,
    own: (reader: BlockReader) => T,
  ): { command: RunnerCommand | undefined; own: T } | undefined {
    const block = this.#commandBlock(name);
    if (block === undefined || this.#reading.loading.labels(block, 'runner') === undefined) return undefined;
    const reader = this.#reading.loading.reader(block.body, `${name} "${block.labels[0]?.value}"`);
    const values = own(reader);
    const place = { ...this.place(), findRunner: this.#reading.findRunner };
    const command = commandFrom(block, reader, place, this.#reading.loading);
    reader.finish();
    return { command, own: values };
  }

  missing(name: string): undefined {
    const { loading } = this.#reading;
    const detail = `${this.reader.owner} needs a "${name}" block: ${name} "exec" { path = "…" }, or a source.`;
    loading.error('missing-block', 'Block missing', detail, { subject: this.declared.at });
    return undefined;
  }

  finish(): void {
    this.reader.finish();
    this.own?.finish();
  }

  place(): Omit<CommandPlace, 'findRunner'> {
    return {
      names: this.names,
      through: this.#through,
      instead: (secret) =>
        `Hand it over as a parameter: the command sees it in its environment as param_NAME, for a shell "$param_NAME" instead of ${secret}.`,
    };
  }

  /** Beside a source there is no inline command: which of the two would run? */
  #commandBlock(name: string): Block | undefined {
    const beside = this.own?.block(name);
    if (beside !== undefined) {
      const detail = `${this.reader.owner} has a source, which brings its own "${name}". Use one or the other.`;
      this.#reading.loading.error('source-and-inline', 'Both source and inline', detail, {
        subject: beside.headerRange,
      });
    }
    return this.reader.block(name);
  }

  #readThrough(): RunnerCommand | undefined {
    const own = this.own?.block('runner');
    const block = this.reader.block('runner') ?? own;
    if (block === undefined) return undefined;
    const names = block === own ? (this.declared.own?.names ?? this.names) : this.names;
    const place = { names, instead: (secret: string) => `Leave ${secret} out of the "runner" block.` };
    return this.#reading.command(block, place);
  }
}

export function readRunnerType(declared: DeclaredType, reading: TypeReading): KnownRunner | undefined {
  const reader = new TypeReader('runner_type', declared, reading);
  const required = reader.texts('required') ?? [];
  // What it takes is what its commands mention; a list of them is welcome, as in the other types.
  reader.texts('params');
  const workdir = reader.expressions.text(reader.reader.attribute('workdir'), reader.names);
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
    if (reader.reader.block('run') === undefined) {
      const detail = `${reader.reader.owner} needs a "run" block: run { path = "…" args = ["…"] }, or a source.`;
      reading.loading.error('missing-block', 'Block missing', detail, { subject: declared.at });
    }
    return undefined;
  }
  const type: RunnerType = {
    name: declared.name,
    builtin: declared.builtin,
    run,
    ...Object.fromEntries(others.filter(([, template]) => template !== undefined)),
    ...(workdir !== undefined && { workdir }),
    defaults,
  };
  return { type, required };
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
  inner.finish();
  if (pathAttribute === undefined) {
    const detail = `The "${name}" block of a runner type needs "path": the program to start.`;
    loading.error('missing-attribute', 'Attribute missing', detail, { subject: block.headerRange });
  }
  return path === undefined ? undefined : { path, args, ...(dir !== undefined && { dir }) };
}

export function readResourceType(declared: DeclaredType, reading: TypeReading): LoadedType<ResourceType> {
  const reader = new TypeReader('resource_type', declared, reading);
  const accepts = reader.texts('params');
  const required = reader.texts('required') ?? [];
  const defaults = reader.defaults();
  const cache = reader.flag('cache');
  const [check, pull, push] = [reader.command('check'), reader.command('pull'), reader.command('push')];
  reader.finish();
  const type: ResourceType = {
    name: declared.name,
    builtin: declared.builtin,
    params: accepts ?? [],
    cache,
    ...(check !== undefined && { check }),
    ...(pull !== undefined && { pull }),
    ...(push !== undefined && { push }),
  };
  return { type, accepts, required, defaults };
}

export function readServiceType(declared: DeclaredType, reading: TypeReading): LoadedType<ServiceType> | undefined {
  const reader = new TypeReader('service_type', declared, reading);
  const accepts = reader.texts('params');
  const required = reader.texts('required') ?? [];
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
  return { type, accepts, required, defaults };
}

export function readSecretType(declared: DeclaredType, reading: TypeReading): LoadedType<SecretType> | undefined {
  const reader = new TypeReader('secret_type', declared, reading);
  const accepts = reader.texts('params');
  const required = reader.texts('required') ?? [];
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
  if (!hasGet) return reader.missing('get');
  if (get === undefined) return undefined;
  const type: SecretType = {
    name: declared.name,
    builtin: declared.builtin,
    params: accepts ?? [],
    config,
    get,
    ...(passEnv !== undefined && { passEnv }),
  };
  return { type, accepts, required, defaults };
}

export function readNotificationType(
  declared: DeclaredType,
  reading: TypeReading,
): LoadedType<NotificationType> | undefined {
  const reader = new TypeReader('notification_type', declared, reading);
  const accepts = reader.texts('params');
  const required = reader.texts('required') ?? [];
  const defaults = reader.defaults();
  const notify = reader.command('notify');
  const hasNotify = reader.reader.block('notify') !== undefined;
  reader.finish();
  if (!hasNotify) return reader.missing('notify');
  if (notify === undefined) return undefined;
  const type: NotificationType = { name: declared.name, builtin: declared.builtin, params: accepts ?? [], notify };
  return { type, accepts, required, defaults };
}
