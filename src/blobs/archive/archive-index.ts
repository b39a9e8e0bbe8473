/**
 * The listing of an archive, a blob of its own: gzipped lines of JSON. The first is about the archive, with the sizes of its members; each other
 * one is an entry and where its bytes begin in the tar. It is read line by line, so that 100,000 entries take no more memory than one.
 */
import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import { type ArchiveEntry, MEMBER_BYTES } from './archive-entry.ts';

const compress = promisify(gzip);

export interface ListedEntry {
  readonly path: string;
  readonly kind: ArchiveEntry['kind'];
  readonly mode: number;
  /** Bytes; 0 for what is no file. */
  readonly size: number;
  readonly mtime: number;
  /** Of a link. */
  readonly target?: string | undefined;
  /** Where its bytes begin in the tar. */
  readonly offset: number;
}

const head = z.object({ format: z.literal(1), members: z.array(z.int().min(1)) });
const line = z.tuple([
  z.string(),
  z.enum(['file', 'directory', 'link']),
  z.int(),
  z.int().min(0),
  z.int(),
  z.int().min(0),
  z.string().optional(),
]);

export interface IndexWriter {
  add(entry: ArchiveEntry, offset: number): void;
  end(members: readonly number[]): Promise<Uint8Array>;
}

export function createIndexWriter(): IndexWriter {
  const lines: string[] = [];
  return {
    add(entry, offset) {
      const size = entry.kind === 'file' ? entry.size : 0;
      const common = [entry.path, entry.kind, entry.mode, size, entry.mtime, offset];
      lines.push(JSON.stringify(entry.kind === 'link' ? [...common, entry.target] : common));
    },
    async end(members) {
      const text = [JSON.stringify({ format: 1, members }), ...lines, ''].join('\n');
      return await compress(text);
    },
  };
}

export interface OpenIndex {
  readonly members: readonly number[];
  /** In the order of the archive. */
  readonly entries: AsyncIterable<ListedEntry>;
}

/** Reads an index from its beginning. Throws `archive.corrupt`. */
export async function openIndex(bytes: AsyncIterable<Uint8Array>): Promise<OpenIndex> {
  const lines = linesOf(bytes);
  const first = await lines.next();
  if (first.done === true) throw corrupt('it is empty');
  const { members } = parse(head, first.value);
  return { members, entries: entriesOf(lines) };
}

async function* entriesOf(lines: AsyncIterable<string>): AsyncGenerator<ListedEntry> {
  for await (const text of lines) {
    const [path, kind, mode, size, mtime, offset, target] = parse(line, text);
    yield { path, kind, mode, size, mtime, offset, ...(target !== undefined && { target }) };
  }
}

function parse<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw corrupt(errorText(error));
  }
}

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  try {
    for await (const part of gunzipped(bytes)) {
      const texts = (rest + decoder.decode(part, { stream: true })).split('\n');
      rest = texts.pop() ?? '';
      yield* texts;
    }
  } catch (error) {
    throw error instanceof CodedError ? error : corrupt(errorText(error));
  }
  if (rest !== '') throw corrupt('it ends in the middle of a line');
}

/** What gzip members together unpack to. What is wrong with them is thrown as it comes from the library. */
export async function* gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  let goOn = (): void => undefined;
  gunzip.on('drain', () => goOn());
  gunzip.on('close', () => goOn());
  const feeding = (async () => {
    for await (const part of bytes) {
      if (gunzip.destroyed) return;
      if (gunzip.write(part)) continue;
      await new Promise<void>((resolve) => {
        goOn = resolve;
        if (gunzip.destroyed) resolve();
      });
    }
    gunzip.end();
  })().catch((error: unknown) => void gunzip.destroy(error instanceof Error ? error : new Error(String(error))));
  try {
    for await (const part of gunzip) yield part as Uint8Array;
  } finally {
    gunzip.destroy();
    await feeding;
  }
}

function corrupt(why: string): CodedError {
  return new CodedError('archive.corrupt', `the listing of the archive cannot be read: ${why}`, {
    hint: 'put the artifact again; the archive itself may be sound',
  });
}

/** Which bytes of the archive hold bytes `[start, end)` of the tar, and how many to leave out at their beginning. */
export function archiveRange(
  members: readonly number[],
  start: number,
  end: number,
): { readonly start: number; readonly end: number; readonly skip: number } {
  const first = Math.floor(start / MEMBER_BYTES);
  const last = Math.ceil(end / MEMBER_BYTES);
  const sum = (to: number): number => members.slice(0, to).reduce((total, size) => total + size, 0);
  return { start: sum(first), end: sum(last), skip: start - first * MEMBER_BYTES };
}
