/** A small world (see small-world.ts), and what is decided in it: one line per decision. */
export interface Case {
  readonly name: string;
  readonly world: string;
  readonly decides: string;
}
