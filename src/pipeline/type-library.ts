/** The types of a pipeline: those it declares and, for names it does not declare, the built-in ones. Read when first used. */
import type { Range } from '../hcl/position.ts';
import type { Block } from '../hcl/syntax.ts';
import { assertNever } from '../lib/assert-never.ts';
import { nearest } from '../lib/nearest.ts';
import { BlockReader } from './block-reader.ts';
import type { TextPlace } from './bundle-path.ts';
import { type CommandPlace, type KnownRunner, loadCommand } from './load-command.ts';
import {
  readNotificationType,
  readResourceType,
  readRunnerType,
  readSecretType,
  readServiceType,
} from './load-type.ts';
import { type Loading, labelRange } from './loading.ts';
import { type ModulePath, prefixOf } from './module-path.ts';
import type { Names } from './names.ts';
import { noun, onlyBlock } from './only-block.ts';
import type { NotificationType, PlanTypes, ResourceType, SecretType, ServiceType } from './plan-types.ts';
import { resolveSource } from './resolve-source.ts';
import { SOURCE_KINDS, type SourceKind } from './source.ts';
import type { DeclaredType, LoadedType, TypeReading } from './type-reader.ts';

/** Whose types they are: the pipeline's, or a module's. */
export interface LibraryPlace {
  /** What type bodies written there may refer to, and what those from elsewhere may. */
  readonly names: Names;
  readonly foreign: Names;
  readonly place: TextPlace;
  readonly path: ModulePath;
  /** Of the pipeline or module that calls it: what a module does not declare it has from there. */
  readonly parent: TypeLibrary | undefined;
}

/** The maps that hold what was read of each kind, and the readers. */
interface KindOfType<T> {
  readonly kind: SourceKind;
  readonly known: (library: TypeLibrary) => Map<string, T | undefined>;
  readonly read: (declared: DeclaredType, reading: TypeReading) => T | undefined;
}

export class TypeLibrary {
  readonly #loading: Loading;
  readonly #around: LibraryPlace;
  readonly #children = new Map<string, TypeLibrary>();
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

  constructor(loading: Loading, around: LibraryPlace) {
    this.#loading = loading;
    this.#around = around;
    const { parent, path } = around;
    if (parent !== undefined) parent.#children.set(`${path.at(-1)}--`, this);
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
    this.#use(TypeLibrary.#RUNNER, name, at);

  readonly resource = (name: string, at: Range | undefined): LoadedType<ResourceType> | undefined =>
    this.#use(TypeLibrary.#RESOURCE, name, at);

  readonly service = (name: string, at: Range | undefined): LoadedType<ServiceType> | undefined =>
    this.#use(TypeLibrary.#SERVICE, name, at);

  readonly secret = (name: string, at: Range | undefined): LoadedType<SecretType> | undefined =>
    this.#use(TypeLibrary.#SECRET, name, at);

  readonly notification = (name: string, at: Range | undefined): LoadedType<NotificationType> | undefined =>
    this.#use(TypeLibrary.#NOTIFICATION, name, at);

  static readonly #RUNNER: KindOfType<KnownRunner> = {
    kind: 'runner_type',
    known: (library) => library.#runners,
    read: readRunnerType,
  };
  static readonly #RESOURCE: KindOfType<LoadedType<ResourceType>> = {
    kind: 'resource_type',
    known: (library) => library.#resources,
    read: readResourceType,
  };
  static readonly #SERVICE: KindOfType<LoadedType<ServiceType>> = {
    kind: 'service_type',
    known: (library) => library.#services,
    read: readServiceType,
  };
  static readonly #SECRET: KindOfType<LoadedType<SecretType>> = {
    kind: 'secret_type',
    known: (library) => library.#secrets,
    read: readSecretType,
  };
  static readonly #NOTIFICATION: KindOfType<LoadedType<NotificationType>> = {
    kind: 'notification_type',
    known: (library) => library.#notifications,
    read: readNotificationType,
  };

  /** Whether a type of that name could be read; asking reports nothing. */
  isUsable(kind: SourceKind, name: string): boolean {
    const library = this.#ownerOf(kind, name);
    return library !== undefined && library.owner.#known(kind).get(library.name) !== undefined;
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

  #use<T>(of: KindOfType<T>, name: string, at: Range | undefined): T | undefined {
    const library = this.#ownerOf(of.kind, name);
    if (library === undefined) {
      this.#unknown(of.kind, name, at);
      return undefined;
    }
    if (at !== undefined) library.owner.#used.add(`${of.kind} ${library.name}`);
    return library.owner.#read(of, library.name);
  }

  #read<T>({ kind, known: knownOf, read }: KindOfType<T>, name: string): T | undefined {
    const known = knownOf(this);
    if (known.has(name)) return known.get(name);
    const declared = this.#declared[kind].get(name) ?? this.#builtin(kind, name);
    // A runner whose own commands went through itself would look for itself while it is read.
    known.set(name, undefined);
    const isRead = declared !== undefined && declared !== 'broken';
    const type = isRead ? this.#readSound(declared, read) : undefined;
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

  /** The library that has the type, and what it is called there: this one, that of a module (`go--lint`), or else one around it. */
  #ownerOf(kind: SourceKind, name: string): { owner: TypeLibrary; name: string } | undefined {
    if (this.#declared[kind].has(name)) return { owner: this, name };
    for (const [prefix, child] of this.#children) {
      const inner = name.startsWith(prefix) ? child.#declaredName(kind, name.slice(prefix.length)) : undefined;
      if (inner !== undefined) return inner;
    }
    for (let outer = this.#around.parent; outer !== undefined; outer = outer.#around.parent) {
      if (outer.#declared[kind].has(name)) return { owner: outer, name };
    }
    // Built-in types are read once for all modules.
    const isBuiltin = this.#loading.request.builtins.find(kind, name) !== undefined;
    return isBuiltin ? { owner: this.#root(), name } : undefined;
  }

  #declaredName(kind: SourceKind, name: string): { owner: TypeLibrary; name: string } | undefined {
    if (this.#declared[kind].has(name)) return { owner: this, name };
    for (const [prefix, child] of this.#children) {
      if (name.startsWith(prefix)) return child.#declaredName(kind, name.slice(prefix.length));
    }
    return undefined;
  }

  #root(): TypeLibrary {
    let root: TypeLibrary = this;
    while (root.#around.parent !== undefined) root = root.#around.parent;
    return root;
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
    const block = onlyBlock(kind, { file: found.file, text: found.text, builtin: true }, undefined, this.#loading);
    if (block === undefined) return undefined;
    return {
      name,
      body: block.body,
      own: undefined,
      builtin: true,
      names: this.#around.foreign,
      at: block.headerRange,
    };
  }

  async #declaration(kind: SourceKind, name: string, block: Block): Promise<DeclaredType | undefined> {
    const reader = new BlockReader(block.body, `${kind} "${name}"`, this.#loading.report);
    const source = reader.attribute('source');
    const sha256 = reader.attribute('sha256');
    const inPlan = `${prefixOf(this.#around.path)}${name}`;
    if (source === undefined) {
      return {
        name: inPlan,
        body: block.body,
        own: undefined,
        builtin: false,
        names: this.#around.names,
        at: block.headerRange,
      };
    }
    const text = this.#loading.expressions.text(source, this.#around.names);
    const sum = this.#loading.expressions.text(sha256, this.#around.names);
    if (text === undefined) {
      this.#loading.everySourceFound = false;
      return undefined;
    }
    const { range: at } = source.expression;
    const wanted = {
      kind,
      source: text,
      sha256: sum,
      at,
      sha256At: sha256?.expression.range,
      from: this.#around.place,
    };
    const resolved = await resolveSource(wanted, this.#loading);
    if (resolved === undefined) {
      this.#loading.everySourceFound = false;
      return undefined;
    }
    const found = onlyBlock(kind, resolved, source, this.#loading);
    if (found === undefined) return undefined;
    return {
      name: inPlan,
      body: found.body,
      own: { body: block.body, names: this.#around.names },
      builtin: resolved.builtin,
      names: this.#around.foreign,
      at: block.headerRange,
    };
  }
}

function typesOf<T extends { readonly name: string }>(
  known: ReadonlyMap<string, { readonly type: T } | undefined>,
): Record<string, T> {
  return Object.fromEntries(
    [...known.values()].flatMap((loaded) => (loaded === undefined ? [] : [[loaded.type.name, loaded.type]])),
  );
}
