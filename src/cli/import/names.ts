/** Names of another system as pikoci has them. */

/** A letter, digit, `-`, `_` or `.` for each, as names of jobs, tasks and resources are. */
export function nameOf(text: string, otherwise: string): string {
  const name = text
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[-.]+/, '')
    .replace(/[-.]+$/, '')
    .slice(0, 80);
  return name === '' ? otherwise : name;
}

/** As a name in an expression is: `var.NAME`. */
export function identifierOf(text: string): string {
  const name = text
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9_]+/g, '_')
    .slice(0, 80);
  return /^[A-Za-z_]/.test(name) ? name : `_${name}`;
}

/** Gives each thing a name of its own. Two names that are one in the environment (`a-b`, `A_B`) count as the same. */
export class Names {
  readonly #taken = new Set<string>();

  unique(wanted: string): string {
    let name = wanted;
    for (let number = 2; !this.#take(name); number += 1) name = `${wanted}-${number}`;
    return name;
  }

  #take(name: string): boolean {
    const key = name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
    if (this.#taken.has(key)) return false;
    this.#taken.add(key);
    return true;
  }
}
