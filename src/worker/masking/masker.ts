/**
 * Takes secrets out of a stream of bytes, before it leaves the worker.
 *
 * 1. Every secret is turned into the forms in which it could be printed (secret-forms.ts).
 * 2. Each chunk is appended to what was held back of the one before, and searched for all forms at once (secret-index.ts).
 *    All that is found is masked, also where secrets overlap or one is a part of another: what overlaps is one `***`.
 * 3. The end of the text that could be the beginning of a form is held back (secret-prefixes.ts) until the next chunk
 *    proves or disproves it.
 * 4. The rest leaves at once; `flush` lets go of what is held back at the end, and `settle` of a whole line after a silence: else
 *    whoever waits for "ready" would wait for the line after it, whenever some encoding of a secret begins with a "y".
 *
 * The trap: what is held back can begin inside of something already found ("xab", "abc" and a chunk that ends in "xab"), and can
 * go on so for ever (a secret "aaa" in a text of a's). So a found range leaves as `***` as soon as it begins, and how far it
 * reaches into the held bytes is remembered (`covered`): what overlaps that continues the same `***`. Then the output does
 * not depend on where the text was cut, and no more is held than one form is long.
 */
import { isMaskable, type SecretForm, secretForms } from './secret-forms.ts';
import { type BlockIndex, createIndexes } from './secret-index.ts';
import { createPrefixIndex, type PrefixIndex } from './secret-prefixes.ts';

export interface Masker {
  /** What may leave of the bytes so far. May be the chunk itself: do not write to it afterwards. */
  push(chunk: Uint8Array): Uint8Array;
  /** The rest, at the end of the stream; then another may begin. */
  flush(): Uint8Array;
  /**
   * What is held back, if it ends with a line: for when nothing more came for a while. Should it have been the beginning of a secret
   * (of one in lines, or of a wrapped encoding), the rest of that is masked still.
   */
  settle(): Uint8Array;
  /**
   * One more secret, from the next `push` on, for this masker and those made from it by `another`. A warning if it is too
   * short to be masked; the warning does not contain it.
   */
  add(secret: string): string | undefined;
  /** The warnings about the secrets given at the beginning. */
  readonly warnings: readonly string[];
  /** A masker for another stream (stderr beside stdout), with the same secrets, those added later to either included. */
  another(): Masker;
  /** A whole text, such as an error message. */
  maskText(text: string): string;
}

export const MASK = '***';
const MASK_BYTES = Buffer.from(MASK);
const NOTHING = new Uint8Array();
const LINE_FEED = 10;

interface Index {
  readonly blocks: readonly BlockIndex[];
  readonly prefixes: PrefixIndex;
}

function createIndex(forms: readonly SecretForm[]): Index {
  return { blocks: createIndexes(forms), prefixes: createPrefixIndex(forms) };
}

/** The secrets several streams share. The index is made when it is first needed after a change. */
interface SecretSet {
  add(secret: string): string | undefined;
  /** Undefined while there is nothing to look for. */
  index(): Index | undefined;
}

export function createMasker(secrets: Iterable<string>): Masker {
  const set = createSecretSet();
  const warnings = [...secrets].flatMap((secret) => set.add(secret) ?? []);
  return createStream(set, warnings);
}

function createSecretSet(): SecretSet {
  const forms = new Map<string, SecretForm>();
  const added = new Set<string>();
  let index: Index | undefined;
  return {
    add(secret: string): string | undefined {
      if (secret === '' || added.has(secret)) return undefined;
      if (!isMaskable(secret)) {
        return 'a secret of fewer than three characters is not masked: that would hide half of the log';
      }
      added.add(secret);
      for (const form of secretForms(secret)) forms.set(`${form.wrapped} ${form.bytes.toString('latin1')}`, form);
      index = undefined;
      return undefined;
    },
    index(): Index | undefined {
      if (forms.size === 0) return undefined; // Nothing was ever held back, so nothing can be lost.
      index ??= createIndex([...forms.values()]);
      return index;
    },
  };
}

function createStream(secrets: SecretSet, warnings: readonly string[]): Masker {
  let held: Uint8Array = NOTHING;
  /** So many bytes of `held` belong to a `***` that has left. */
  let covered = 0;
  /** Whether those left as they are instead. */
  let settled = false;

  /** Lets go of the text before `until`, masked, and holds the rest. */
  function advance(text: Uint8Array, index: Index, until: number): Uint8Array {
    const out = createOutput(text);
    let done = covered;
    for (const found of sortedRanges(text, index)) {
      if (found.from >= until) break;
      if (found.from >= done) {
        out.copy(done, found.from);
        out.mask();
        settled = false;
      } else if (settled && found.to > done) {
        out.mask();
        settled = false;
      }
      done = Math.max(done, found.to);
    }
    out.copy(done, until);
    covered = Math.max(0, done - until);
    if (covered === 0) settled = false;
    held = until === text.length ? NOTHING : new Uint8Array(text.subarray(until));
    return out.bytes();
  }

  return {
    push(chunk: Uint8Array): Uint8Array {
      const index = secrets.index();
      if (index === undefined) return chunk;
      const text = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      return advance(text, index, index.prefixes.heldFrom(text));
    },
    flush(): Uint8Array {
      const index = secrets.index();
      if (index === undefined) return NOTHING;
      const rest = advance(held, index, held.length);
      covered = 0;
      return rest;
    },
    settle(): Uint8Array {
      const index = secrets.index();
      if (index === undefined || held.length === covered || held.at(-1) !== LINE_FEED) return NOTHING;
      const text = held;
      const out = advance(text, index, text.length);
      held = text;
      covered = text.length;
      settled = true;
      return out;
    },
    add: secrets.add,
    warnings,
    another: () => createStream(secrets, []),
    maskText(text: string): string {
      const once = createStream(secrets, []);
      return Buffer.concat([once.push(Buffer.from(text)), once.flush()]).toString();
    },
  };
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function sortedRanges(text: Uint8Array, index: Index): Range[] {
  const ranges: Range[] = [];
  for (const block of index.blocks) block.search(text, (from, to) => ranges.push({ from, to }));
  return ranges.sort((a, b) => a.from - b.from);
}

/** Collects parts of one text without copying them, as long as nothing is masked. */
function createOutput(text: Uint8Array) {
  const parts: Uint8Array[] = [];
  return {
    copy(from: number, to: number): void {
      if (to > from) parts.push(text.subarray(from, to));
    },
    mask(): void {
      parts.push(MASK_BYTES);
    },
    bytes(): Uint8Array {
      const only = parts.length === 1 ? parts[0] : undefined;
      return only ?? (parts.length === 0 ? NOTHING : Buffer.concat(parts));
    },
  };
}
