/** Makes an export: everything in the store and the blobs of its artifacts, as one packed file, piece by piece. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { BlobStore } from '../../blobs/blobs.ts';
import type { Clock } from '../../lib/clock.ts';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import { packLines } from '../../lib/system/packed-lines.ts';
import { sealWithPassphrase } from '../../lib/system/passphrase.ts';
import {
  BLOB_PIECE_BYTES,
  EXPORT_FORMAT,
  type ExportHeader,
  type exportedKeys,
  exportLine,
  failedLine,
} from '../../protocol/export-file.ts';
import type { Snapshot, TransferStore } from '../../store/transfer.ts';
import { keyCheck } from '../secrets/key-check.ts';

export interface ExportParts {
  readonly store: TransferStore;
  readonly blobs: Pick<BlobStore, 'get' | 'renew' | 'stat'>;
  readonly clock: Clock;
  readonly version: string;
  /** Where a store in memory may lay a copy down. */
  readonly directory: string;
  readonly secretKey: Uint8Array;
  readonly jwtSecret: Uint8Array;
}

/** With a passphrase the server's keys go along, sealed with it. What fails before the first bytes is thrown at once; `over` is called when it has ended, however. */
export async function writeExport(
  parts: ExportParts,
  { passphrase, over }: { readonly passphrase?: string | undefined; readonly over: () => void },
): Promise<ReadableStream<Uint8Array>> {
  const { clock, version, secretKey } = parts;
  const keys = passphrase === undefined ? undefined : await sealWithPassphrase(passphrase, keysText(parts));
  const snapshot = await parts.store.openSnapshot(parts.directory);
  const header: ExportHeader = {
    ...{ pikoci: 'export', format: EXPORT_FORMAT, schema: snapshot.schema, version, at: clock.now() },
    secrets: { held: snapshot.holdsSealedValues, keyCheck: keyCheck(secretKey), ...(keys !== undefined && { keys }) },
  };
  const bytes = packLines(closing(snapshot, over, linesOf(header, snapshot, parts.blobs)));
  // Begun here: a generator that never began would not come to its end either when the reader goes away.
  let next: Promise<IteratorResult<Uint8Array>> | undefined = Promise.resolve(await bytes.next());
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await (next ?? bytes.next());
        next = undefined;
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await bytes.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

function keysText({ secretKey, jwtSecret }: ExportParts): string {
  const text = new TextDecoder();
  const keys: z.infer<typeof exportedKeys> = { secretKey: text.decode(secretKey), jwtSecret: text.decode(jwtSecret) };
  return JSON.stringify(keys);
}

/** The look at the database ends with the lines, however they end. Why they end early is their last word. */
async function* closing(snapshot: Snapshot, over: () => void, lines: AsyncGenerator<string>): AsyncGenerator<string> {
  try {
    yield* lines;
  } catch (error) {
    yield failedLine(
      error instanceof CodedError ? error : new CodedError('server.bug', `something went wrong: ${errorText(error)}`),
    );
  } finally {
    over();
    await snapshot.close();
  }
}

async function* linesOf(header: ExportHeader, snapshot: Snapshot, blobs: ExportParts['blobs']): AsyncGenerator<string> {
  yield exportLine({ kind: 'header', header });
  const referred = new Set<string>();
  let counts = { rows: 0, blobs: 0, missingBlobs: 0 };
  let table: string | undefined;
  for await (const page of snapshot.pages) {
    if (page.table !== table) yield exportLine({ kind: 'table', table: page.table, columns: page.columns });
    table = page.table;
    for (const cells of page.rows) yield exportLine({ kind: 'row', cells });
    counts = { ...counts, rows: counts.rows + page.rows.length };
    for (const digest of page.blobs) {
      if (referred.has(digest)) continue;
      referred.add(digest);
      // What they belong to may be deleted while this goes on: they stay until it is over.
      await blobs.renew(digest);
    }
  }
  for (const digest of referred) {
    const whole = yield* blobLines(digest, blobs);
    counts = whole ? { ...counts, blobs: counts.blobs + 1 } : { ...counts, missingBlobs: counts.missingBlobs + 1 };
  }
  yield exportLine({ kind: 'end', counts });
}

/** Gives whether it came whole. */
async function* blobLines(digest: string, blobs: ExportParts['blobs']): AsyncGenerator<string, boolean> {
  const size = (await blobs.stat(digest))?.size ?? 0;
  const hash = createHash('sha256');
  let sent = 0;
  yield exportLine({ kind: 'blob', digest, size });
  try {
    for await (const bytes of piecesOf(await blobs.get(digest))) {
      hash.update(bytes);
      sent += bytes.byteLength;
      if (sent > size) break;
      yield exportLine({ kind: 'piece', bytes });
    }
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'blobs.not_found') throw error;
  }
  const whole = sent === size && hash.digest('hex') === digest;
  yield exportLine({ kind: 'blobEnd', whole });
  return whole;
}

async function* piecesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const bytes of stream) {
    for (let at = 0; at < bytes.byteLength; at += BLOB_PIECE_BYTES) yield bytes.subarray(at, at + BLOB_PIECE_BYTES);
  }
}
