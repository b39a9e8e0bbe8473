/**
 * A packed file of lines that knows whether it is whole: gzip, and as its last line the SHA-256 of all lines before. However large it is, one line
 * of it is in memory at a time.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { CodedError } from '../coded-error.ts';
import { errnoCode } from './errno.ts';
import { fileError } from './file-error.ts';

/** No line of ours comes near it; what has none at all is another program's file. */
const LONGEST_LINE = 256 * 1024 * 1024;
/** Lines are packed some together: each alone is too small to be worth a call. */
const PACK_BYTES = 64 * 1024;
const LINE_FEED = 10;

/** The lines, which have no line feeds in them, as the bytes of such a file. What the lines throw breaks it off; they have ended when this has. */
export async function* packLines(lines: AsyncGenerator<string>): AsyncGenerator<Uint8Array> {
  const gzip = createGzip();
  // Errors come out where the bytes are read.
  pipeline(Readable.from(sealed(lines), { objectMode: true, highWaterMark: 1 }), gzip, () => undefined);
  try {
    for await (const bytes of gzip) yield bytes as Uint8Array;
  } finally {
    await lines.return(undefined);
  }
}

async function* sealed(lines: AsyncIterable<string>): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let [waiting, size]: [string[], number] = [[], 0];
  const take = (): Buffer => {
    const bytes = Buffer.from(waiting.join(''));
    [waiting, size] = [[], 0];
    hash.update(bytes);
    return bytes;
  };
  for await (const line of lines) {
    waiting.push(`${line}\n`);
    size += line.length + 1;
    if (size >= PACK_BYTES) yield take();
  }
  if (size > 0) yield take();
  yield Buffer.from(`${JSON.stringify({ sha256: hash.digest('hex') })}\n`);
}

/**
 * The lines of such a file. That it is whole is known at its end: until then what was read may be part of a damaged one. Errors: `lines.foreign` (not packed),
 * `lines.damaged` (cut off, or changed), `file.*`. `progress` hears how much of the file was read.
 */
export async function* unpackLines(path: string, progress?: (bytes: number) => void): AsyncGenerator<string> {
  const file = createReadStream(path);
  const gunzip = createGunzip();
  pipeline(file, gunzip, () => undefined);
  const hash = createHash('sha256');
  let last: Buffer | undefined;
  try {
    for await (const line of split(gunzip)) {
      progress?.(file.bytesRead);
      if (last !== undefined) {
        hash.update(last).update('\n');
        yield last.toString();
      }
      last = line;
    }
  } catch (error) {
    if (errnoCode(error).startsWith('E')) throw fileError(error, 'read', path);
    if (file.bytesRead === 0 || isForeign(error)) throw foreign(path, error);
    throw errnoCode(error).startsWith('Z') ? damaged(path, 'it is cut off, or its bytes were changed', error) : error;
  } finally {
    file.destroy();
  }
  if (last === undefined) throw file.bytesRead === 0 ? foreign(path) : damaged(path, 'it is empty');
  if (last.toString() !== JSON.stringify({ sha256: hash.digest('hex') })) {
    throw damaged(path, 'its SHA-256 is another one than it says at its end');
  }
}

async function* split(chunks: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, from)) {
      const line = chunk.subarray(from, at);
      yield parts.length === 0 ? line : Buffer.concat([...parts, line]);
      [parts, size, from] = [[], 0, at + 1];
    }
    if (from === chunk.length) continue;
    parts.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > LONGEST_LINE) throw new CodedError('lines.damaged', 'a line of it does not end');
  }
  if (parts.length > 0) throw new CodedError('lines.damaged', 'its last line does not end');
}

const isForeign = (error: unknown): boolean =>
  error instanceof Error && /incorrect header check|unknown compression/i.test(error.message);

function foreign(path: string, cause?: unknown): CodedError {
  return new CodedError('lines.foreign', `${path} is not a file that pikoci export made`, {
    hint: 'is it the right one?',
    cause,
  });
}

function damaged(path: string, why: string, cause?: unknown): CodedError {
  return new CodedError('lines.damaged', `${path} is damaged: ${why}`, {
    hint: 'copy it again from where it came from, or make another export',
    cause,
  });
}
