/** Reads what a resource type's `check` printed: strictly, because what gets in here is a version for ever. */
import { z } from 'zod';
import { CodedError } from '../lib/coded-error.ts';
import type { Json } from '../lib/json.ts';
import type { Masks } from './secrets/masks.ts';
import { type FoundVersion, readVersion } from './steps/pushed-version.ts';

const LONGEST_EXCERPT = 300;

export interface CheckAnswer {
  /** Oldest first. */
  readonly versions: readonly FoundVersion[];
  /** New ones go where the list has them. Else they go behind all that are known. */
  readonly ordered: boolean;
}

/** A list, or `{ "ordered": true, "versions": […] }`. */
const answer = z.union([
  z.array(z.json()).transform((versions) => ({ ordered: false, versions })),
  z.strictObject({ ordered: z.boolean(), versions: z.array(z.json()) }),
]);

/** Throws `check.…` errors that show what was printed, masked. */
export function parseCheckAnswer(text: string, masks: Masks): CheckAnswer {
  const printed = excerpt(masks.text(text));
  const refuse = (code: string, what: string): CodedError =>
    new CodedError(code, `${what}; it printed: ${printed}`, {
      hint: 'check prints one JSON array of versions on stdout, oldest first: [{"ref": "…"}]; everything else belongs on stderr',
    });
  if (text.trim() === '') throw refuse('check.no_output', 'check printed nothing, where a JSON array was expected');
  let json: Json;
  try {
    json = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw refuse('check.not_json', `what check printed is not JSON (${error.message})`);
  }
  const parsed = answer.safeParse(json);
  if (!parsed.success) throw refuse('check.not_a_list', 'what check printed is JSON, but not an array');
  const { ordered, versions: list } = parsed.data;
  const versions = list.map((item, index) => {
    const found =
      item === null || typeof item !== 'object' || Array.isArray(item) ? undefined : readVersion(item as Json);
    const which = `version ${index + 1} of ${list.length}`;
    if (found === undefined) throw refuse('check.not_an_object', `${which} is not an object`);
    if (Object.keys(found.version).length === 0) throw refuse('check.empty_version', `${which} is an empty object`);
    if (masks.finds(JSON.stringify(found.version))) {
      throw refuse('check.secret_in_version', `${which} holds a secret value, and versions are stored and shown`);
    }
    const metadata = Object.entries(found.metadata).map(([key, value]) => [key, masks.text(value)] as const);
    return { version: found.version, metadata: Object.fromEntries(metadata) };
  });
  return { ordered, versions };
}

function excerpt(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  if (line === '') return 'nothing';
  return line.length > LONGEST_EXCERPT ? `${line.slice(0, LONGEST_EXCERPT)}…` : line;
}
