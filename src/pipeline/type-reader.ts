/** What the bodies of all kinds of types have in common, wherever they come from. */

import type { Range } from '../hcl/position.ts';
import type { Block, Body } from '../hcl/syntax.ts';
import type { AllowedValues } from './allowed-values.ts';
import type { BlockReader } from './block-reader.ts';
import { expandDynamic } from './expand-dynamic.ts';
import type { Expressions } from './expressions.ts';
import { type CommandPlace, commandFrom, type FindRunner } from './load-command.ts';
import type { Loading } from './loading.ts';
import type { Names } from './names.ts';
import type { RunnerCommand } from './plan-types.ts';
import type { PlanValue } from './plan-value.ts';

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
  /** What those may be that cannot be anything. */
  readonly values: AllowedValues;
  /** What a `put` or `notify` of it may say. Undefined: whatever it likes. */
  readonly stepAccepts?: readonly string[] | undefined;
  readonly defaults: Readonly<Record<string, PlanValue>>;
}

export interface TypeReading {
  readonly loading: Loading;
  readonly findRunner: FindRunner;
  readonly command: (block: Block, place: Omit<CommandPlace, 'findRunner'>) => RunnerCommand | undefined;
}

/** What all kinds have in common; `reader` is at the body that holds the commands. */
export class TypeReader {
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
    // What stands in the pipeline has been expanded there; what comes from elsewhere sees none of its names.
    const body = expandDynamic(declared.body, declared.names, reading.loading);
    this.reader = reading.loading.reader(body, owner);
    this.own = declared.own && reading.loading.reader(declared.own.body, owner);
    // Where neither is there, they are still what a misspelt attribute may have meant.
    for (const name of ['source', 'sha256']) (this.own ?? this.reader).attribute(name);
    for (const reader of [this.reader, this.own]) reader?.attribute('description');
    this.#through = this.#readThrough();
  }

  get loading(): Loading {
    return this.#reading.loading;
  }

  get expressions(): Expressions {
    return this.loading.expressions;
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

  missing(name: string, form = `${name} "exec" { path = "…" }`): undefined {
    const { loading } = this.#reading;
    if (this.#isMeant(name) || this.#isMeant('source') || loading.isUnread(this.declared.body.range)) return undefined;
    const detail = `${this.reader.owner} needs a "${name}" block: ${form}, or a source.`;
    loading.error('missing-block', 'Block missing', detail, { subject: this.declared.at });
    return undefined;
  }

  #isMeant(name: string): boolean {
    return this.reader.isMeant(name) || this.own?.isMeant(name) === true;
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
