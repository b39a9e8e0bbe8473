/** `Hermes.yaml`: a name, a version, and `schema: docker`, which means that the Dockerfile beside it is built. */
import { CodedError } from '../../lib/coded-error.ts';
import { nearest } from '../../lib/nearest.ts';

export const HERMES_FILE = 'Hermes.yaml';
export const BAD_HERMES = 'repository.bad_hermes';

export interface HermesWorkflow {
  readonly name: string;
  readonly version: string;
}

const FIELDS = ['name', 'version', 'schema'] as const;
const ALLOWED = 'it has three lines: `name: My pipeline`, `version: 1.0.0` and `schema: docker`';

/** Throws `repository.bad_hermes`, which says what is allowed. */
export async function readHermes(text: string | Uint8Array): Promise<HermesWorkflow> {
  if (typeof text !== 'string') throw bad('is no text in UTF-8');
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text, { schema: 'core', logLevel: 'silent' });
  const [wrong] = document.errors;
  if (wrong !== undefined) {
    const line = wrong.linePos?.[0].line;
    throw bad(`cannot be read as YAML${line === undefined ? '' : `, in line ${line}`}: ${firstLine(wrong.message)}`);
  }
  const fields: unknown = document.toJS({ maxAliasCount: 10 });
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) throw bad('holds no fields');
  const entries: Readonly<Record<string, unknown>> = { ...fields };
  const stranger = Object.keys(entries).find((name) => !FIELDS.some((field) => field === name));
  const missing = FIELDS.find((field) => (entries[field] ?? '') === '');
  if (missing !== undefined) {
    const meant = stranger !== undefined && nearest(stranger, [missing]) !== undefined;
    throw bad(`has no "${missing}"${meant ? `; did you mean that by "${stranger}"?` : ''}`);
  }
  for (const field of FIELDS) {
    if (typeof entries[field] === 'object') throw bad(`has a "${field}" that is no text`);
  }
  if (entries.schema !== 'docker') {
    throw bad(`has the schema "${String(entries.schema).slice(0, 100)}", and there is only "docker"`);
  }
  // A number is what YAML made of it: `1.10` would be 1.1, so it is taken as it is written.
  return { name: writtenAs(document.get('name', true)), version: writtenAs(document.get('version', true)) };
}

function writtenAs(node: unknown): string {
  const { source, value } = (typeof node === 'object' && node !== null ? node : {}) as {
    source?: unknown;
    value?: unknown;
  };
  return (typeof source === 'string' ? source : String(value)).slice(0, 200);
}

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').replace(/ at line \d+.*$/, '');

function bad(what: string): CodedError {
  return new CodedError(BAD_HERMES, `${HERMES_FILE} ${what}`, { hint: ALLOWED });
}
