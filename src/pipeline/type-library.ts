/** The types of a pipeline: those it declares and, for names it does not declare, the built-in ones. Read when first used. */
import { hasErrors } from '../hcl/diagnostic.ts';
import type { Range } from '../hcl/position.ts';
import type { Attribute, Block, Body } from '../hcl/syntax.ts';
import { assertNever } from '../lib/assert-never.ts';
import { nearest } from '../lib/nearest.ts';
import { BlockReader } from './block-reader.ts';
import { type CommandPlace, type KnownRunner, loadCommand } from './load-command.ts';
import {
  readNotificationType,
  readResourceType,
  readRunnerType,
  readSecretType,
  readServiceType,
} from './load-type.ts';
import { type Loading, labelRange } from './loading.ts';
import type { Names } from './names.ts';
import type { NotificationType, PlanTypes, ResourceType, SecretType, ServiceType } from './plan.ts';
import { resolveSource } from './resolve-source.ts';
import { type ResolvedSource, SOURCE_KINDS, type SourceKind } from './source.ts';
import type { DeclaredType, LoadedType, TypeReading } from './type-reader.ts';

export class TypeLibrary {
  readonly #loading: Loading;
  /** What type bodies written in the pipeline may refer to, and what those from elsewhere may. */
  readonly #names: Names;
  readonly #foreignNames: Names;
  readonly #declared: Readonly<Record<SourceKind, Map<string, DeclaredType | 'broken'>>> = {
    resource_type: new Map(),
    runner_type: new Map(),
    service_type: new Map(),
    secret_type: new Map(),
    notification_type: new Map(),
  };
  readonly #used = new Set<string>();
  readonly #runners = new Map<string, KnownRunner | undefined>();
  readonly #resources = new Map<string, LoadedType<ResourceType> | undefined>();
  readonly #services = new Map<string, LoadedType<ServiceType> | undefined>();
  readonly #secrets = new Map<string, LoadedType<SecretType> | undefined>();
  readonly #notifications = new Map<string, LoadedType<NotificationType> | undefined>();

  constructor(loading: Loading, names: Names, foreignNames: Names) {
    this.#loading = loading;
    this.#names = names;
    this.#foreignNames = foreignNames;
  }

  /** Takes note of what the pipeline declares and fetches the sources, all at once; nothing else here waits for anything. */
  async declare(blocks: readonly Block[]): Promise<void> {
    const waiting: Promise<void>[] = [];
    for (const kind of SOURCE_KINDS) {
      for (const block of blocks) {
        if (block.type !== kind) continue;
        const [name] = this.#loading.labels(block, 'name') ?? [];
        if (name === undefined) continue;
        this.#loading.isName(name, noun(kind), labelRange(block, 0));
        if (this.#declared[kind].has(name)) {
          const detail = `The ${noun(kind)} "${name}" is declared above already.`;
          this.#loading.error('duplicate-name', 'Declared twice', detail, { subject: block.headerRange });
          continue;
        }
        this.#declared[kind].set(name, 'broken');
        waiting.push(this.#declare(kind, name, block));
      }
    }
    await Promise.all(waiting);
  }

  async #declare(kind: SourceKind, name: string, block: Block): Promise<void> {
    const declared = await this.#declaration(kind, name, block);
    if (declared !== undefined) this.#declared[kind].set(name, declared);
  }

  /** Reads every declared type, so that what is wrong with an unused one is said too. */
  readDeclared(): void {
    for (const name of this.#declared.runner_type.keys()) this.runner(name, undefined);
    for (const name of this.#declared.resource_type.keys()) this.resource(name, undefined);
    for (const name of this.#declared.service_type.keys()) this.service(name, undefined);
    for (const name of this.#declared.secret_type.keys()) this.secret(name, undefined);
    for (const name of this.#declared.notification_type.keys()) this.notification(name, undefined);
  }

  readonly runner = (name: string, at: Range | undefined): KnownRunner | undefined =>
    this.#use(this.#runners, 'runner_type', name, at, readRunnerType);

  readonly resource = (name: string, at: Range | undefined): LoadedType<ResourceType> | undefined =>
    this.#use(this.#resources, 'resource_type', name, at, readResourceType);

  readonly service = (name: string, at: Range | undefined): LoadedType<ServiceType> | undefined =>
    this.#use(this.#services, 'service_type', name, at, readServiceType);

  readonly secret = (name: string, at: Range | undefined): LoadedType<SecretType> | undefined =>
    this.#use(this.#secrets, 'secret_type', name, at, readSecretType);

  readonly notification = (name: string, at: Range | undefined): LoadedType<NotificationType> | undefined =>
    this.#use(this.#notifications, 'notification_type', name, at, readNotificationType);

  /** Whether a type of that name could be read; asking reports nothing. */
  isUsable(kind: SourceKind, name: string): boolean {
    return this.#known(kind).get(name) !== undefined;
  }

  /** Whether something is of that type, or goes through that runner. */
  isUsed(kind: SourceKind, name: string): boolean {
    return this.#used.has(`${kind} ${name}`);
  }

  #known(kind: SourceKind): ReadonlyMap<string, unknown> {
    switch (kind) {
      case 'resource_type':
        return this.#resources;
      case 'runner_type':
        return this.#runners;
      case 'service_type':
        return this.#services;
      case 'secret_type':
        return this.#secrets;
      case 'notification_type':
        return this.#notifications;
      default:
        return assertNever(kind);
    }
  }

  /** All that were used or declared. */
  collected(): PlanTypes {
    return {
      runners: typesOf(this.#runners),
      resources: typesOf(this.#resources),
      services: typesOf(this.#services),
      secrets: typesOf(this.#secrets),
      notifications: typesOf(this.#notifications),
    };
  }

  #use<T>(
    known: Map<string, T | undefined>,
    kind: SourceKind,
    name: string,
    at: Range | undefined,
    read: (declared: DeclaredType, reading: TypeReading) => T | undefined,
  ): T | undefined {
    if (at !== undefined) this.#used.add(`${kind} ${name}`);
    if (known.has(name)) return known.get(name);
    const declared = this.#declared[kind].get(name) ?? this.#builtin(kind, name);
    if (declared === undefined) {
      this.#unknown(kind, name, at);
      return undefined;
    }
    // A runner whose own commands went through itself would look for itself while it is read.
    known.set(name, undefined);
    const type = declared === 'broken' ? undefined : this.#readSound(declared, read);
    known.set(name, type);
    return type;
  }

  /** A type in which something is wrong counts as none: what uses it is not wrong as well. */
  #readSound<T>(
    declared: DeclaredType,
    read: (declared: DeclaredType, reading: TypeReading) => T | undefined,
  ): T | undefined {
    const loading = this.#loading;
    const before = loading.errorCount();
    const type = read(declared, this.#reading());
    return loading.errorCount() > before || loading.isUnread(declared.body.range) ? undefined : type;
  }

  #reading(): TypeReading {
    const loading = this.#loading;
    const findRunner = (name: string, at: Range): KnownRunner | undefined => this.runner(name, at);
    return {
      loading,
      command: (block, place: Omit<CommandPlace, 'findRunner'>) =>
        loadCommand(block, { ...place, findRunner }, loading),
      findRunner,
    };
  }

  #unknown(kind: SourceKind, name: string, at: Range | undefined): void {
    if (this.#loading.isLost(kind, name)) return;
    const names = [...this.#declared[kind].keys(), ...this.#loading.request.builtins.names(kind)];
    const suggestion = nearest(name, names);
    const all = suggestion === undefined && names.length > 0 ? ` There are: ${[...new Set(names)].join(', ')}.` : '';
    const detail = `There is no ${noun(kind)} "${name}": none is declared, and none of that name is built in.${all}`;
    this.#loading.error(`unknown-${kind.replace('_', '-')}`, `Unknown ${noun(kind)}`, detail, {
      subject: at,
      suggestion,
    });
  }

  /** A built-in that was not declared, as if the pipeline had said `source = "pikoci://name"`. */
  #builtin(kind: SourceKind, name: string): DeclaredType | undefined {
    const found = this.#loading.request.builtins.find(kind, name);
    if (found === undefined) return undefined;
    this.#loading.texts.set(found.file, found.text);
    const block = this.#onlyBlock(kind, { file: found.file, text: found.text, builtin: true }, undefined);
    if (block === undefined) return undefined;
    return { name, body: block.body, own: undefined, builtin: true, names: this.#foreignNames, at: block.headerRange };
  }

  async #declaration(kind: SourceKind, name: string, block: Block): Promise<DeclaredType | undefined> {
    const reader = new BlockReader(block.body, `${kind} "${name}"`, this.#loading.report);
    const source = reader.attribute('source');
    const sha256 = reader.attribute('sha256');
    if (source === undefined) {
      return { name, body: block.body, own: undefined, builtin: false, names: this.#names, at: block.headerRange };
    }
    const text = this.#loading.expressions.text(source, this.#names);
    const sum = this.#loading.expressions.text(sha256, this.#names);
    if (text === undefined) {
      this.#loading.everySourceFound = false;
      return undefined;
    }
    const wanted = { kind, source: text, sha256: sum, at: source.expression.range, sha256At: sha256?.expression.range };
    const resolved = await resolveSource(wanted, this.#loading);
    if (resolved === undefined) {
      this.#loading.everySourceFound = false;
      return undefined;
    }
    const found = this.#onlyBlock(kind, resolved, source);
    if (found === undefined) return undefined;
    return {
      name,
      body: found.body,
      own: { body: block.body, names: this.#names },
      builtin: resolved.builtin,
      names: this.#foreignNames,
      at: block.headerRange,
    };
  }

  /** A source holds one block of the kind asked for; its label may be anything, unless it was asked for by name. */
  #onlyBlock(kind: SourceKind, { file, text, name }: ResolvedSource, source: Attribute | undefined): Block | undefined {
    const before = this.#loading.diagnostics.length;
    const body = this.#loading.parse(file, text);
    // A text with mistakes says what they are itself.
    if (hasErrors(this.#loading.diagnostics.slice(before))) return undefined;
    const found = describeContents(body);
    const wrong = (detail: string): undefined => {
      this.#loading.error('wrong-source', `Not the text of a ${noun(kind)}`, detail, {
        subject: source?.expression.range,
      });
    };
    const [only] = body.items;
    if (only?.kind !== 'block' || only.type !== kind || body.items.length > 1) {
      const other = SOURCE_KINDS.find((one) => body.items.length === 1 && only?.kind === 'block' && only.type === one);
      const use = other === undefined ? '' : ` What uses it is a block ${other} "…" { source = … }.`;
      return wrong(`${file} must hold one "${kind}" block and nothing else; it has ${found}.${use}`);
    }
    const [label] = this.#loading.labels(only, 'name') ?? [];
    if (label === undefined) return undefined;
    if (name !== undefined && label !== name) return wrong(`${file} should declare "${name}"; it has ${found}.`);
    return only;
  }
}

function describeContents({ items }: Body): string {
  const each = items.map((item) =>
    item.kind === 'block'
      ? `the block ${[item.type, ...item.labels.map(({ value }) => JSON.stringify(value))].join(' ')}`
      : `the attribute "${item.name}"`,
  );
  const more = each.length > MOST_NAMED ? [`${each.length - MOST_NAMED} more`] : [];
  return [...each.slice(0, MOST_NAMED), ...more].join(', ') || 'nothing';
}

const MOST_NAMED = 5;

const noun = (kind: SourceKind): string => kind.replace('_', ' ');

function typesOf<T>(known: ReadonlyMap<string, { readonly type: T } | undefined>): Record<string, T> {
  return Object.fromEntries(
    [...known].flatMap(([name, loaded]) => (loaded === undefined ? [] : [[name, loaded.type]])),
  );
}
