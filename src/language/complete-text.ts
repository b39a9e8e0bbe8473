/** What stands in quotes: names of jobs, the few texts an attribute allows, built-in types, files. */
import type { SourceKind } from '../pipeline/source.ts';
import { SOURCE_KINDS } from '../pipeline/source.ts';
import { type Completion, escapeSnippet } from './completion.ts';
import type { Cursor } from './cursor.ts';
import { describeTypeInfo } from './describe.ts';
import type { PipelineDocument } from './document.ts';
import { valueSchemaAt } from './value-schema.ts';

export interface DirectoryEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** What lies in a directory, given relative to that of the file; `''` is that itself. None where there is no such directory. */
export type ListDirectory = (directory: string) => Promise<readonly DirectoryEntry[]>;

/** Functions whose first argument is the path of a file. */
export const READS_FILE: ReadonlySet<string> = new Set(['file', 'fileexists', 'filebase64', 'templatefile']);

const MOST_FILES = 200;

export async function completeText(
  document: PipelineDocument,
  cursor: Cursor,
  list: ListDirectory,
): Promise<readonly Completion[]> {
  const [call] = cursor.calls;
  if (call !== undefined) {
    return READS_FILE.has(call.name) && call.argument === 0 ? files(cursor, list) : [];
  }
  const schema = valueSchemaAt(cursor);
  switch (schema?.kind) {
    case 'jobs':
      return jobTexts(document, cursor).map((label) => ({
        label,
        kind: 'job',
        insert: escapeSnippet(label),
        span: cursor.span,
      }));
    case 'choice':
      return Object.entries(schema.values).map(([label, doc]) => ({
        label,
        kind: 'value',
        doc,
        insert: escapeSnippet(label),
        span: cursor.span,
      }));
    case 'source':
      return [...builtinSources(document, cursor), ...(await files(cursor, list))];
    default:
      return [];
  }
}

/** The jobs of the file, but the one the cursor is in. */
export function jobTexts(document: PipelineDocument, { blocks }: Cursor): readonly string[] {
  const [outer] = blocks;
  const own = outer?.type === 'job' ? outer.labels[0] : undefined;
  return document
    .topLevel('job')
    .flatMap(({ labels }) => (labels[0] && labels[0].value !== own ? labels[0].value : []));
}

function builtinSources(document: PipelineDocument, cursor: Cursor): Completion[] {
  const kind = SOURCE_KINDS.find((candidate): candidate is SourceKind => candidate === cursor.blocks.at(-1)?.type);
  if (kind === undefined) return [];
  return document.types.builtinNames(kind).map((name) => {
    const type = document.types.builtin(kind, name);
    return {
      label: `pikoci://${name}`,
      kind: 'type',
      ...(type !== undefined && { doc: describeTypeInfo(type) }),
      insert: escapeSnippet(`pikoci://${name}`),
      span: cursor.span,
      rank: 1,
    };
  });
}

/** The entries of the directory that was typed so far. */
async function files({ typed, span }: Cursor, list: ListDirectory): Promise<Completion[]> {
  if (typed.includes('://') || typed.startsWith('/')) return [];
  const slash = typed.lastIndexOf('/') + 1;
  const directory = typed.slice(0, slash);
  const entries = await list(directory.replace(/^(\.\/)+/, '').replace(/\/$/, ''));
  return entries
    .filter(({ name }) => !name.startsWith('.') || typed.slice(slash).startsWith('.'))
    .slice(0, MOST_FILES)
    .map(({ name, isDirectory }) => ({
      label: isDirectory ? `${name}/` : name,
      kind: isDirectory ? 'directory' : 'file',
      insert: escapeSnippet(isDirectory ? `${name}/` : name),
      span: { from: span.from + slash, to: span.to },
    }));
}
