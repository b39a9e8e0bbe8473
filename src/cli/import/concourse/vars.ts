/** `((name))`, `((store:path.field))` and `((.:local))` of Concourse. */
import type { Conversion } from '../conversion.ts';
import { Block } from '../hcl-block.ts';
import { Expression, type HclValue, template } from '../hcl-text.ts';
import type { Text } from '../shell-text.ts';
import type { Source } from '../source.ts';

/** What a local variable is: what `load_var` read, or a value of `across`. `undefined`: it was not converted. */
export type LocalVars = ReadonlyMap<string, (field: string | undefined) => Text | undefined>;

/** `open`: where it stands no secret may, and what it has is none. */
export interface Place {
  readonly open?: boolean;
  readonly locals?: LocalVars | undefined;
  /** What a step gives to the file of its task. */
  readonly given?: LocalVars | undefined;
}

const REFERENCE = /\(\(\s*(?:(\.|[\w-]+):)?("[^"]*"|[\w/-]+)((?:\.(?:"[^"]*"|[\w-]+))*)\s*\)\)/g;

export class Vars {
  readonly #stores = new Map<string, Source>();
  readonly #used = new Set<string>();

  private readonly conversion: Conversion;

  constructor(conversion: Conversion, root: Source) {
    this.conversion = conversion;

    for (const store of root.get('var_sources')?.elements() ?? []) {
      const name = store.entries.get('name')?.text();
      if (name !== undefined) this.#stores.set(name, store);
    }
  }

  /** The text of a scalar. `undefined`: it is none. */
  text(source: Source | undefined, place: Place = {}): Text | undefined {
    const text = source?.text();
    return text === undefined ? undefined : this.fill(text, place);
  }

  fill(text: string, { open = false, locals, given }: Place = {}): Text {
    const parts: Text[] = [];
    let end = 0;
    for (const match of text.matchAll(REFERENCE)) {
      const [all, store, path = '', fields = ''] = match;
      parts.push(text.slice(end, match.index));
      end = match.index + all.length;
      const name = bare(path);
      const field = fields === '' ? undefined : fields.slice(1).split('.').map(bare).join('.');
      const own =
        store === '.'
          ? (locals?.get(name)?.(field) ?? all)
          : store === undefined
            ? given?.get(name)?.(field)
            : undefined;
      parts.push(own ?? this.#variable(store, name, field, open));
    }
    return flat([...parts, text.slice(end)]);
  }

  /** Anything: texts in it are filled, the rest is as it is. */
  value(source: Source, place: Place = {}): HclValue {
    if (source.kind === 'list') return source.elements().map((item) => this.value(item, place));
    if (source.kind === 'map') {
      return new Map(source.keys().map((key) => [key, this.value(source.get(key) ?? source, place)]));
    }
    source.isRead = true;
    return typeof source.scalar === 'string' ? this.fill(source.scalar, place) : source.scalar;
  }

  secretTypes(top: Block): Block[] {
    return [...this.#stores].flatMap(([name, store]) => {
      const config = store.get('config');
      if (store.entries.get('type')?.scalar !== 'vault' || config === undefined) {
        const instead = 'its values come from the store of the server here: pikoci secrets set';
        this.conversion.notConverted(top, store, 'pikoci reads secrets from Vault, files and its own store', instead);
        return [];
      }
      store.textOf('type');
      config.textOf('path_prefix');
      const block = new Block('secret_type', [this.#storeName(name)]).set('source', 'pikoci://vault');
      block.set('address', this.text(config.get('url'), { open: true }));
      block.set('namespace', this.text(config.get('namespace'), { open: true }));
      block.set('ca_cert', this.text(config.get('ca_cert'), { open: true }));
      this.conversion.leftovers(block, store);
      if (this.#used.has(name)) return [block];
      this.conversion.notConverted(top, store, 'nothing takes a value from it');
      return [];
    });
  }

  #variable(store: string | undefined, name: string, field: string | undefined, open: boolean): Expression {
    const { variables } = this.conversion;
    const config = store === undefined ? undefined : this.#stores.get(store);
    if (store === undefined || config?.entries.get('type')?.scalar !== 'vault') {
      return variables.reference({ path: name, key: field, open });
    }
    this.#used.add(store);
    const prefix = (config.entries.get('config')?.entries.get('path_prefix')?.scalar ?? '/concourse') as string;
    const path = `${prefix}/${name}`.replace(/^\/+/, '').replaceAll(/\/{2,}/g, '/');
    return variables.reference({ path, key: field ?? 'value', store: this.#storeName(store), open });
  }

  #storeName = (name: string): string => (this.#stores.size === 1 ? 'vault' : name);
}

const bare = (text: string): string => (text.startsWith('"') ? text.slice(1, -1) : text);

const flat = (texts: readonly Text[]): Text =>
  template(texts.flatMap((text) => (typeof text === 'string' || text instanceof Expression ? [text] : text.parts)));
