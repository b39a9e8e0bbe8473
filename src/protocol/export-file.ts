/**
 * What an export is, line by line (docs/export.md says it for people). Each line is JSON:
 *
 * 1. an object that says what the file is (`exportHeader`);
 * 2. for each table an object with its name and columns, and then its rows, each an array with a value for each column;
 * 3. for each blob an object with its SHA-256 and size, its bytes in pieces, each a text in base64, and an object that says whether they all came;
 * 4. an object that says how much there was. In its place one that says why there is no more, where the export failed.
 */
import { z } from 'zod';
import { CodedError } from '../lib/coded-error.ts';

/** Grows when a reader of before would not understand what is written now. */
export const EXPORT_FORMAT = 1;
export const BLOB_PIECE_BYTES = 256 * 1024;

/** A text sealed with a passphrase (lib/system/passphrase.ts). */
export const passphraseSealed = z.object({ salt: z.string(), nonce: z.string(), data: z.string() });

export const exportHeader = z.object({
  pikoci: z.literal('export'),
  format: z.int().positive(),
  /** Of the database: the tables and columns below are those of this one. */
  schema: z.int().positive(),
  /** Of the pikoci that made it. */
  version: z.string(),
  at: z.int(),
  secrets: z.object({
    /** Whether something in it is encrypted with the server's secret key. */
    held: z.boolean(),
    /** Tells whether a key is that one, and nothing else about it. */
    keyCheck: z.string(),
    /** The keys of the server, for those who know the passphrase. */
    keys: passphraseSealed.optional(),
  }),
});
export type ExportHeader = z.infer<typeof exportHeader>;

/** What is in `secrets.keys`. */
export const exportedKeys = z.object({ secretKey: z.string(), jwtSecret: z.string() });

const bytes = z.object({ bytes: z.base64() });
const cell = z.union([z.string(), z.number(), z.null(), bytes]);
const row = z.array(cell);
const counts = z.object({
  rows: z.int(),
  blobs: z.int(),
  /** Blobs that something refers to and that were not there, or damaged. */
  missingBlobs: z.int(),
});
const line = z.union([
  row,
  z.base64(),
  z.object({ table: z.string(), columns: z.array(z.string()).min(1) }),
  z.object({ blob: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().min(0) }),
  z.object({ blobEnd: z.enum(['whole', 'missing']) }),
  z.object({ end: counts }),
  z.object({ failed: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }) }),
]);

export type ExportCell = string | number | null | Uint8Array;
export type ExportCounts = z.infer<typeof counts>;

/** A file, piece by piece. Rows come behind their table, pieces behind their blob. */
export type ExportPart =
  | { readonly kind: 'header'; readonly header: ExportHeader }
  | { readonly kind: 'table'; readonly table: string; readonly columns: readonly string[] }
  | { readonly kind: 'row'; readonly cells: readonly ExportCell[] }
  | { readonly kind: 'blob'; readonly digest: string; readonly size: number }
  | { readonly kind: 'piece'; readonly bytes: Uint8Array }
  | { readonly kind: 'blobEnd'; readonly whole: boolean }
  | { readonly kind: 'end'; readonly counts: ExportCounts };

export function exportLine(part: ExportPart): string {
  switch (part.kind) {
    case 'header':
      return JSON.stringify(part.header);
    case 'table':
      return JSON.stringify({ table: part.table, columns: part.columns });
    case 'row':
      return JSON.stringify(part.cells.map((one) => (one instanceof Uint8Array ? { bytes: base64(one) } : one)));
    case 'blob':
      return JSON.stringify({ blob: part.digest, size: part.size });
    case 'piece':
      return JSON.stringify(base64(part.bytes));
    case 'blobEnd':
      return JSON.stringify({ blobEnd: part.whole ? 'whole' : 'missing' });
    case 'end':
      return JSON.stringify({ end: part.counts });
  }
}

/** The last line of an export that could not be finished: whoever reads it says why. */
export const failedLine = ({ code, message, hint }: CodedError): string =>
  JSON.stringify({ failed: { code, message, hint } });

/**
 * Reads lines, and holds their order against what an export is. Errors: `import.newer` (by a later pikoci), `import.bad_file`, `export.failed` (whoever
 * made it could not finish it). `schemas`: the newest schema that is known here; left out where rows are only looked at.
 */
export async function* readExport(lines: AsyncIterable<string>, schemas = Infinity): AsyncGenerator<ExportPart> {
  let number = 0;
  let counted = { rows: 0, blobs: 0, missingBlobs: 0 };
  let columns: number | undefined;
  let left: number | undefined;
  let ended = false;
  const bad = (why: string): CodedError =>
    new CodedError('import.bad_file', `line ${number} of the export: ${why}`, {
      hint: 'was it changed by hand, or is it of another program?',
    });
  for await (const text of lines) {
    number += 1;
    const json = parseJson(text);
    if (number === 1) {
      yield { kind: 'header', header: headerOf(json, schemas) };
      continue;
    }
    const parsed = line.safeParse(json);
    if (!parsed.success) throw bad('it is none that an export has');
    const value = parsed.data;
    if (ended) throw bad('there is something behind its end');
    if (typeof value === 'string') {
      const piece = fromBase64(value);
      left = (left ?? -1) - piece.byteLength;
      if (left < 0) throw bad('bytes that belong to no blob');
      yield { kind: 'piece', bytes: piece };
    } else if (Array.isArray(value)) {
      if (value.length !== columns) throw bad('a row that its table does not have');
      counted = { ...counted, rows: counted.rows + 1 };
      yield { kind: 'row', cells: value.map(cellOf) };
    } else if ('failed' in value) {
      const { code, message, hint } = value.failed;
      throw new CodedError('export.failed', `the export could not be finished: ${message} (${code})`, {
        hint: hint ?? 'make another one',
      });
    } else if ('blobEnd' in value) {
      const whole = value.blobEnd === 'whole';
      if (left === undefined || (whole && left > 0)) throw bad('a blob ends that is not whole');
      left = undefined;
      counted = whole
        ? { ...counted, blobs: counted.blobs + 1 }
        : { ...counted, missingBlobs: counted.missingBlobs + 1 };
      yield { kind: 'blobEnd', whole };
    } else if (left !== undefined) {
      throw bad('a blob is cut off');
    } else if ('table' in value) {
      columns = value.columns.length;
      yield { kind: 'table', ...value };
    } else if ('blob' in value) {
      [columns, left] = [undefined, value.size];
      yield { kind: 'blob', digest: value.blob, size: value.size };
    } else {
      if (JSON.stringify(value.end) !== JSON.stringify(counted)) throw bad('it has not as much as it says');
      ended = true;
      yield { kind: 'end', counts: value.end };
    }
  }
  if (!ended) throw bad('it has no end');
}

function headerOf(json: unknown, schemas: number): ExportHeader {
  const head = z.object({ pikoci: z.literal('export'), format: z.int().positive() }).safeParse(json);
  if (!head.success) {
    throw new CodedError('import.bad_file', 'the file is packed, and not a file that pikoci export made', {
      hint: 'is it the right one?',
    });
  }
  const said = z.object({ version: z.string(), schema: z.number() }).partial().safeParse(json).data;
  if (head.data.format > EXPORT_FORMAT || (said?.schema ?? 0) > schemas) {
    throw new CodedError(
      'import.newer',
      `the export was made by pikoci ${said?.version ?? 'of a later version'}, which is newer than this one`,
      { hint: 'import it with that version, or a later one' },
    );
  }
  const parsed = exportHeader.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new CodedError('import.bad_file', 'the first line of the export is not as it should be', {
    hint: 'was it changed by hand?',
    cause: parsed.error,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No line of ours; it is told with its number.
    return undefined;
  }
}

const cellOf = (value: z.infer<typeof cell>): ExportCell =>
  typeof value === 'object' && value !== null ? fromBase64(value.bytes) : value;

const base64 = (value: Uint8Array): string =>
  Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
const fromBase64 = (text: string): Uint8Array => Buffer.from(text, 'base64');
