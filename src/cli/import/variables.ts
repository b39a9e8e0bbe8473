/** The variables of a pipeline that another system takes from its settings. */
import { Block } from './hcl-block.ts';
import { Expression } from './hcl-text.ts';
import { identifierOf, Names } from './names.ts';

interface Variable {
  readonly name: string;
  readonly path: string;
  readonly key: string | undefined;
  /** It stands where no secret may: in the name of an image, in a schedule. */
  isOpen: boolean;
  readonly store: string;
  readonly otherwise: string | undefined;
}

/** How a value is found: `path` and `key` of a secret in the server's store, unless `store` names another. */
export interface Wanted {
  readonly path: string;
  readonly key?: string | undefined;
  readonly store?: string | undefined;
  /** It is no secret, and stands where none may. */
  readonly open?: boolean;
  /** What it is when nobody says otherwise. */
  readonly otherwise?: string | undefined;
}

export class Variables {
  readonly #all = new Map<string, Variable>();
  readonly #names = new Names();

  /** `var.NAME`. */
  reference({ path, key, store = 'pikoci', open = false, otherwise }: Wanted): Expression {
    const id = JSON.stringify([store, path, key]);
    let found = this.#all.get(id);
    if (found === undefined) {
      const wanted = identifierOf(key === undefined ? path : `${path}_${key}`);
      found = { name: identifierOf(this.#names.unique(wanted)), path, key, isOpen: false, store, otherwise };
      this.#all.set(id, found);
    }
    found.isOpen ||= open;
    return new Expression(`var.${found.name}`);
  }

  blocks(): Block[] {
    return [...this.#all.values()].map(({ name, path, key, isOpen, store, otherwise }) => {
      const block = new Block('variable', [name]);
      if (isOpen) {
        return block
          .comment(
            `look: it had its value from elsewhere, and stands where no secret may. Give it one, here or by --var.`,
          )
          .set('type', new Expression('string'))
          .set('default', otherwise ?? 'CHANGE-ME');
      }
      if (store === 'pikoci') block.comment(`pikoci secrets set ${path}`);
      block.block('secret', store).set('path', path).set('key', key);
      return block;
    });
  }
}
