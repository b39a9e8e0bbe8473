/** Reads a tar as it comes, entry by entry, keeping nothing but the block at hand. */
import { CodedError, errorText } from '../../lib/coded-error.ts';
import { type ArchiveEntry, BLOCK_BYTES, forbidden, isInside, safePath } from './archive-entry.ts';
import { gunzipped } from './archive-index.ts';
import { decodeHeader, decodePax, type PaxFields } from './tar-header.ts';

const LONGEST_PAX_BYTES = 64 * 1024;

export interface ReadEntry {
  readonly entry: ArchiveEntry;
  /** The bytes of a file; what is not read is passed over. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** The entries of a `.tar.gz`. Throws `archive.corrupt`, and `archive.forbidden` for what none of ours may have in it. */
export async function* readArchive(archive: AsyncIterable<Uint8Array>): AsyncGenerator<ReadEntry> {
  const source = createSource(gunzipped(archive));
  let pax: PaxFields = {};
  try {
    for (;;) {
      const block = await source.exactly(BLOCK_BYTES);
      if (block === undefined) throw corrupt('it ends before its end');
      const header = decodeHeader(block, pax);
      if (header === undefined) throw corrupt('there is something else where an entry should begin');
      if (header.kind === 'end') {
        // What follows is nothing, but only at its end is the last checksum.
        while ((await source.some(BLOCK_BYTES * 128)) !== undefined);
        return;
      }
      if (header.kind === 'pax') {
        if (header.size > LONGEST_PAX_BYTES) throw forbidden('has a name that is longer than any file system takes');
        const bytes = await source.exactly(padded(header.size));
        const fields = bytes && decodePax(bytes.subarray(0, header.size));
        if (fields === undefined) throw corrupt('a header in it cannot be read');
        pax = fields;
        continue;
      }
      pax = {};
      const entry = entryOf(header);
      const size = entry.kind === 'file' ? entry.size : 0;
      let left = size;
      const bytes = (async function* () {
        while (left > 0) {
          const part = await source.some(left);
          if (part === undefined) throw corrupt('it ends in the middle of a file');
          left -= part.byteLength;
          yield part;
        }
      })();
      yield { entry, bytes };
      for await (const _ of bytes);
      if (left > 0) throw corrupt('a file in it was not read to its end');
      await source.exactly(padded(size) - size);
    }
  } finally {
    await source.close();
  }
}

function entryOf(header: Extract<ReturnType<typeof decodeHeader>, { kind: 'entry' }>): ArchiveEntry {
  const path = safePath(header.path);
  // Permissions and no more: nothing that was packed becomes a program of another user.
  const common = { path, mode: header.mode & 0o777, mtime: header.mtime };
  switch (header.type) {
    case 'File':
    case 'OldFile':
      if (!Number.isSafeInteger(header.size) || header.size < 0) throw forbidden(`has a file of ${header.size} bytes`);
      return { kind: 'file', ...common, size: header.size };
    case 'Directory':
      return { kind: 'directory', ...common };
    case 'SymbolicLink':
      if (!isInside(path, header.target)) {
        throw forbidden(
          `has a link ${JSON.stringify(path)} to ${JSON.stringify(header.target)}, which leads out of it,`,
        );
      }
      return { kind: 'link', ...common, target: header.target };
    default:
      throw forbidden(`has ${JSON.stringify(path)}, which is a ${header.type}`);
  }
}

const padded = (size: number): number => Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;

function createSource(stream: AsyncGenerator<Uint8Array>) {
  let rest: Uint8Array = new Uint8Array();

  /** At least one byte, at most `most`; undefined at the end. */
  async function some(most: number): Promise<Uint8Array | undefined> {
    while (rest.byteLength === 0) {
      const { value, done } = await stream.next().catch((error: unknown) => {
        throw error instanceof CodedError ? error : corrupt(errorText(error));
      });
      if (done === true) return undefined;
      rest = value;
    }
    const part = rest.subarray(0, most);
    rest = rest.subarray(part.byteLength);
    return part;
  }

  return {
    some,
    async exactly(count: number): Promise<Buffer | undefined> {
      if (rest.byteLength >= count) {
        const whole = rest.subarray(0, count);
        rest = rest.subarray(count);
        return Buffer.from(whole.buffer, whole.byteOffset, count);
      }
      const whole = Buffer.alloc(count);
      for (let at = 0; at < count; ) {
        const part = await some(count - at);
        if (part === undefined) return undefined;
        whole.set(part, at);
        at += part.byteLength;
      }
      return whole;
    },
    close: () => stream.return(undefined),
  };
}

function corrupt(why: string): CodedError {
  return new CodedError('archive.corrupt', `the archive cannot be read: ${why}`, {
    hint: 'nothing was unpacked; run the job that put it again',
  });
}
