/**
 * `pikoci import-data FILE`. The file is read twice: once to know that it is whole and can be taken, before anything is changed, and once to take it.
 * Until the last word the database is marked as unfinished: a server refuses it, and another import begins anew.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BlobStore } from '../blobs/blobs.ts';
import { createProgressLine } from '../cli/progress-line.ts';
import { readPassphrase } from '../cli/remote/export.ts';
import { systemClock } from '../lib/clock.ts';
import { CodedError } from '../lib/coded-error.ts';
import { sizeText } from '../lib/size-text.ts';
import { fileError } from '../lib/system/file-error.ts';
import { unpackLines } from '../lib/system/packed-lines.ts';
import { defaultDataDir } from '../lib/system/paths.ts';
import { checkExport } from '../protocol/check-export.ts';
import { type ExportPart, readExport } from '../protocol/export-file.ts';
import { NOBODY_WATCHES } from '../store/sql/database-watch.ts';
import { MIGRATIONS } from '../store/sql/migrate.ts';
import type { Store } from '../store/store.ts';
import type { Cell } from '../store/transfer.ts';
import { chooseDatabase } from './choose-database.ts';
import { openServerDirectory } from './data-directory.ts';
import { importFlags } from './import-flags.ts';
import { importKeys } from './import-keys.ts';
import { openBlobs } from './open-blobs.ts';
import { createStore } from './open-store.ts';
import { readSettings } from './read-settings.ts';
import { claimSecretKey, findSecretKey } from './secret-key.ts';
import { serverLocks } from './server-locks.ts';
import { waitForDatabase } from './wait-for-database.ts';

/** How much of a table is held at once. */
const [PAGE_ROWS, PAGE_BYTES] = [500, 4 * 1024 * 1024];

export async function importData(file: string, options: Readonly<Record<string, unknown>>): Promise<number> {
  const settings = await readSettings(importFlags, options);
  const database = await chooseDatabase(settings);
  if (database.system === 'mem') {
    throw new CodedError('usage.bad_value', 'what is imported into memory is gone when the command has ended', {
      hint: 'import it with --db-system sqlite, postgresql, mysql or mongodb, and start the server with the same flags',
    });
  }
  const path = resolve(file);
  const size = await sizeOf(path);
  const summary = await checkExport(readParts(path, size, 'checked'));

  const dataDir = resolve(settings.dataDir ?? defaultDataDir(process.env, process.cwd()));
  const passphrase = settings.passphraseFile === undefined ? undefined : await readPassphrase(settings.passphraseFile);
  const source = { key: settings.secretKey, keyFile: settings.secretKeyFile, replace: false };
  const keys = await importKeys(summary.header, join(dataDir, 'server'), source, passphrase);

  await using ending = new AsyncDisposableStack();
  const directory = openServerDirectory({ dataDir, temporary: false, environment: process.env, cwd: process.cwd() });
  ending.defer(() => directory.release());
  const locks = serverLocks(directory, database, 'pikoci import-data');
  locks.take();
  ending.defer(() => locks.free());
  const store = await createStore(database, directory.server, NOBODY_WATCHES);
  ending.defer(() => store.close());
  const tell = (text: string): void => void process.stderr.write(`pikoci: ${text}\n`);
  await waitForDatabase(() => store.beginImport(summary.header.schema), { waitMs: settings.dbWait, tell });
  await keys.place();
  const blobs = await openBlobs(settings, { directory: directory.server, store, environment: process.env });
  ending.defer(() => blobs.close());
  await takeParts(readParts(path, size, 'imported'), { store, blobs, directory: directory.server });
  const now = systemClock.now();
  await store.finishImport({ now, errorRetries: settings.errorRetries, retryAt: () => now });
  const secretKey = await findSecretKey(directory.server, source, store);
  await claimSecretKey(secretKey, directory.server, source, store);

  const { header, pipelines, builds, counts } = summary;
  for (const note of keys.notes) process.stderr.write(`pikoci: ${note}\n`);
  process.stdout.write(
    settings.json
      ? `${JSON.stringify({ path, size, header: { ...header, secrets: undefined }, pipelines, builds, counts }, null, 2)}\n`
      : `imported ${pipelines} pipeline${pipelines === 1 ? '' : 's'}, ${builds} build${builds === 1 ? '' : 's'} and ${counts.blobs} files of artifacts; start the server with the same --db-… flags and data directory\n`,
  );
  return 0;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    throw fileError(error, 'read', path);
  }
}

async function* readParts(path: string, size: number, what: string): AsyncGenerator<ExportPart> {
  using progress = createProgressLine(process);
  const of = ` of ${sizeText(size)}`;
  const tell = (bytes: number): void =>
    progress.tell(`${what} ${sizeText(bytes)}${of}, ${Math.floor((100 * bytes) / Math.max(1, size))} %`);
  yield* readExport(unpackLines(path, tell), MIGRATIONS.length);
}

interface Target {
  readonly store: Store;
  readonly blobs: BlobStore;
  /** For a blob on its way. */
  readonly directory: string;
}

async function takeParts(parts: AsyncIterable<ExportPart>, { store, blobs, directory }: Target): Promise<void> {
  let [table, columns]: [string, readonly string[]] = ['', []];
  let [rows, bytes]: [(readonly Cell[])[], number] = [[], 0];
  let blob: IncomingBlob | undefined;
  const flush = async (): Promise<void> => {
    if (rows.length > 0) await store.importPage({ table, columns, rows });
    [rows, bytes] = [[], 0];
  };
  try {
    for await (const part of parts) {
      if (part.kind === 'row') {
        rows.push(part.cells);
        bytes += part.cells.reduce<number>(
          (sum, cell) => sum + (typeof cell === 'object' ? (cell?.byteLength ?? 0) : String(cell).length),
          0,
        );
        if (rows.length === PAGE_ROWS || bytes >= PAGE_BYTES) await flush();
        continue;
      }
      if (part.kind === 'piece') {
        await blob?.write(part.bytes);
        continue;
      }
      await flush();
      if (part.kind === 'table') ({ table, columns } = part);
      else if (part.kind === 'blob') blob = await receiveBlob(part.digest, part.size, directory);
      else if (part.kind === 'blobEnd') {
        if (part.whole) await blob?.putInto(blobs);
        await blob?.remove();
        blob = undefined;
      }
    }
  } finally {
    await blob?.remove();
  }
}

interface IncomingBlob {
  write(bytes: Uint8Array): Promise<void>;
  putInto(blobs: BlobStore): Promise<void>;
  remove(): Promise<void>;
}

async function receiveBlob(digest: string, size: number, directory: string): Promise<IncomingBlob> {
  const path = join(directory, 'import.blob');
  // One that was killed may have left it, as another name of the blob that it became.
  await rm(path, { force: true });
  const file: FileHandle = await open(path, 'w', 0o600).catch((error: unknown) => {
    throw fileError(error, 'write', path);
  });
  const hash = createHash('sha256');
  return {
    async write(bytes) {
      hash.update(bytes);
      await file.appendFile(bytes).catch((error: unknown) => {
        throw fileError(error, 'write', path);
      });
    },
    async putInto(blobs) {
      if (hash.digest('hex') !== digest) {
        throw new CodedError(
          'import.bad_file',
          `the file ${digest.slice(0, 12)}… of an artifact is damaged in the export`,
          {
            hint: 'make another export',
          },
        );
      }
      await blobs.put(digest, { path, size });
    },
    async remove() {
      await file.close();
      await rm(path, { force: true });
    },
  };
}
