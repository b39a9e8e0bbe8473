/** `pikoci export`: everything that a running server keeps, as one file. */
import { open, readFile, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CodedError } from '../../lib/coded-error.ts';
import { sizeText } from '../../lib/size-text.ts';
import { fileError } from '../../lib/system/file-error.ts';
import { unpackLines } from '../../lib/system/packed-lines.ts';
import { checkExport, type ExportSummary } from '../../protocol/check-export.ts';
import { readExport } from '../../protocol/export-file.ts';
import type { CommandContext } from '../context.ts';
import { createProgressLine } from '../progress-line.ts';
import { type Remote, type RemoteOptions, remoteCommand } from './remote-command.ts';

interface ExportOptions extends RemoteOptions {
  readonly passphraseFile?: string;
}

export function addExport(parent: Command, context: CommandContext): void {
  remoteCommand<ExportOptions>(
    parent
      .command('export <file>')
      .description('Write everything the server keeps into a file, while it runs, for pikoci import-data.')
      .option(
        '--passphrase-file <file>',
        "the server's keys go along, sealed with the passphrase in this file; without it the import needs the same --secret-key",
      )
      .addHelpText('after', '\nExample:\n  pikoci export backup.pikoci --passphrase-file passphrase'),
    context,
    'none',
    exportAll,
  );
}

async function exportAll(remote: Remote<ExportOptions>, file = ''): Promise<number> {
  const { context, options } = remote;
  const path = resolve(context.cwd, file);
  const passphrase = options.passphraseFile === undefined ? undefined : await readPassphrase(options.passphraseFile);
  const part = `${path}.part`;
  try {
    const size = await receive(remote, part, passphrase);
    // Only what was read to its end is known to be whole.
    const summary = await checkWritten(part, context, size);
    await rename(part, path);
    remote.print({ path, size, ...summary }, () => describe(file, size, summary));
    return 0;
  } catch (error) {
    await rm(part, { force: true });
    throw error instanceof CodedError ? error : fileError(error, 'write', path);
  }
}

async function receive({ client, context }: Remote, path: string, passphrase: string | undefined): Promise<number> {
  const response = await client.bytes('exportAll', { body: { ...(passphrase !== undefined && { passphrase }) } });
  using progress = createProgressLine(context);
  // It holds secrets, encrypted, and logs, which are not.
  const file = await open(path, 'w', 0o600);
  let size = 0;
  try {
    for await (const bytes of response.body ?? []) {
      for (let at = 0; at < bytes.byteLength; ) at += (await file.write(bytes, at)).bytesWritten;
      size += bytes.byteLength;
      progress.tell(`received ${sizeText(size)}`);
    }
    await file.sync();
  } catch (error) {
    if (error instanceof Error && 'syscall' in error && error.syscall === 'write') throw error;
    throw new CodedError('client.download_broken', `the connection broke after ${sizeText(size)}`, {
      hint: 'try again',
      cause: error,
    });
  } finally {
    await file.close();
  }
  return size;
}

async function checkWritten(path: string, context: CommandContext, size: number): Promise<ExportSummary> {
  using progress = createProgressLine(context);
  const lines = unpackLines(path, (bytes) => progress.tell(`checked ${sizeText(bytes)} of ${sizeText(size)}`));
  return await checkExport(readExport(lines));
}

function describe(file: string, size: number, summary: ExportSummary): readonly string[] {
  const { pipelines, builds, counts, header } = summary;
  const keyed = header.secrets.held && header.secrets.keys === undefined;
  return [
    `${file}: ${sizeText(size)}, ${pipelines} pipeline${pipelines === 1 ? '' : 's'}, ${builds} build${builds === 1 ? '' : 's'}, ${counts.blobs} files of artifacts`,
    ...(counts.missingBlobs > 0
      ? [`${counts.missingBlobs} files of artifacts were gone or damaged: they are not in it`]
      : []),
    ...(keyed
      ? [
          "it has secrets, encrypted with the server's secret key: the import needs that key, unless you export with --passphrase-file",
        ]
      : []),
  ];
}

/** Of a file, so that nobody on this machine reads it off a command line. Error: `file.*`, `usage.bad_value`. */
export async function readPassphrase(path: string): Promise<string> {
  let text: string;
  try {
    text = (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    throw fileError(error, 'read', path);
  }
  if (text !== '') return text;
  throw new CodedError('usage.bad_value', `${path} of --passphrase-file is empty`, {
    hint: 'write the passphrase into it',
  });
}
