/**
 * Fetches something large into a file: under another name until all of it is there and its SHA-256 is right, so that a file of that name is always a whole one. When
 * the connection breaks it goes on where it was.
 */
import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { CodedError } from '../../lib/coded-error.ts';
import { sizeText } from '../../lib/size-text.ts';
import { fileError } from '../../lib/system/file-error.ts';
import type { CommandContext } from '../context.ts';
import { createProgressLine } from '../progress-line.ts';

export interface DownloadSource {
  /** What it must be, where that is known. */
  readonly sha256?: string;
  readonly size?: number;
  readonly open: (range: string | undefined) => Promise<Response>;
}

const TRIES = 5;
const PAUSE_MS = 500;

export async function downloadTo(
  path: string,
  context: CommandContext,
  source: DownloadSource,
): Promise<{ readonly size: number; readonly sha256: string }> {
  if (path === '-') return await receive(source, context, async (bytes) => writeOut(context, bytes));
  const temporary = `${path}.part`;
  let file: FileHandle;
  try {
    file = await open(temporary, 'w');
  } catch (error) {
    throw fileError(error, 'write', path);
  }
  try {
    const done = await receive(source, context, async (bytes) => {
      for (let at = 0; at < bytes.byteLength; ) at += (await file.write(bytes, at)).bytesWritten;
    });
    await file.close();
    await rename(temporary, path);
    return done;
  } catch (error) {
    await file.close().catch(() => undefined); // It may be closed already.
    await rm(temporary, { force: true });
    throw error instanceof CodedError ? error : fileError(error, 'write', path);
  }
}

async function receive(
  source: DownloadSource,
  context: CommandContext,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<{ readonly size: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  let [have, total, tries] = [0, source.size, 0];
  using progress = createProgressLine(context);
  for (;;) {
    const before = have;
    const response = await source.open(have === 0 ? undefined : `bytes=${have}-`);
    const length = Number(response.headers.get('content-length') ?? Number.NaN);
    if (total === undefined && Number.isFinite(length)) total = have + length;
    let broken: unknown;
    const reader = response.body?.getReader();
    while (reader !== undefined && broken === undefined) {
      const read = await reader.read().catch((error: unknown) => {
        broken = error;
        return { done: true as const, value: undefined };
      });
      if (read.done || read.value === undefined) break;
      await write(read.value);
      hash.update(read.value);
      have += read.value.byteLength;
      progress.tell(sizeText(have) + ofTotal(have, total));
    }
    if (broken === undefined && (total === undefined || have === total)) break;
    tries = have > before ? 1 : tries + 1;
    if (tries === TRIES) {
      throw new CodedError('client.download_broken', `the connection broke after ${sizeText(have)}, ${TRIES} times`, {
        hint: 'try again later',
        cause: broken,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  const sha256 = hash.digest('hex');
  if (source.sha256 === undefined || source.sha256 === sha256) return { size: have, sha256 };
  throw new CodedError(
    'client.download_damaged',
    `what came is damaged: its SHA-256 is ${sha256}, and should be ${source.sha256}`,
    { hint: 'what the server keeps may be damaged; run the job that made it again' },
  );
}

/** Waits while the reader of a pipe is slow. */
async function writeOut({ stdout }: CommandContext, bytes: Uint8Array): Promise<void> {
  if (stdout.write(bytes) === false && stdout instanceof EventEmitter) await once(stdout, 'drain');
}

const ofTotal = (have: number, total: number | undefined): string =>
  total === undefined ? '' : ` of ${sizeText(total)}, ${Math.floor((100 * have) / Math.max(1, total))} %`;
