/** `pikoci artifacts`: what builds keep, what is in it, and fetching it. */
import type { Command } from 'commander';
import { CodedError } from '../../lib/coded-error.ts';
import { sizeText } from '../../lib/size-text.ts';
import type { ArtifactDetail, ArtifactEntry } from '../../protocol/artifacts.ts';
import type { CommandContext } from '../context.ts';
import { downloadTo } from './download.ts';
import { findBuild } from './find-build.ts';
import { type Remote, type RemoteOptions, remoteCommand } from './remote-command.ts';
import { ago, oneLine, table } from './table.ts';

interface FilesOptions extends RemoteOptions {
  readonly limit: string;
}
interface DownloadOptions extends RemoteOptions {
  readonly file?: string;
  readonly output?: string;
}

const MOST_AT_ONCE = 1_000;
const HELP = 'BUILD is a number (with -p and -j), an id, or left out for the newest of the job.';

export function addArtifacts(parent: Command, context: CommandContext): void {
  const artifacts = parent.command('artifacts').description('Artifacts: what builds made and the server keeps.');
  const example = (text: string): string => `\n${HELP}\n\nExample:\n  pikoci artifacts ${text}`;

  remoteCommand(
    artifacts
      .command('list [build]')
      .description('The artifacts of a build.')
      .addHelpText('after', example('list 12 -p my-app -j build')),
    context,
    'job',
    listArtifacts,
  );
  remoteCommand<FilesOptions>(
    artifacts
      .command('files <name> [build]')
      .description('What is in an artifact.')
      .option('-n, --limit <number>', 'how many', '1000')
      .addHelpText('after', example('files dist 12 -p my-app -j build')),
    context,
    'job',
    listFiles,
  );
  remoteCommand<DownloadOptions>(
    artifacts
      .command('download <name> [build]')
      .description('Fetch an artifact as a .tar.gz, or one file of it.')
      .option('--file <path>', 'this file of it')
      .option('-o, --output <path>', 'where to; - is standard output. By default NAME.tar.gz, or the name of the file')
      .addHelpText('after', example('download dist 12 -p my-app -j build -o - | tar -xz')),
    context,
    'job',
    download,
  );
}

async function listArtifacts(remote: Remote, named: string | undefined): Promise<number> {
  const build = await findBuild(remote, named);
  const items = await remote.client.call('listArtifacts', { params: { build: build.id } });
  const now = Date.now();
  remote.print(items, () =>
    table(
      ['NAME', 'SIZE', 'UNPACKED', 'ENTRIES', 'SHA256', 'WHEN'],
      items.map((one) => [
        oneLine(one.name),
        sizeText(one.size),
        sizeText(one.unpackedSize),
        String(one.entries),
        one.sha256.slice(0, 12),
        ago(one.createdAt, now),
      ]),
      `build ${build.number} of ${oneLine(build.job)} has no artifacts`,
      remote.style,
    ),
  );
  return 0;
}

async function listFiles(remote: Remote<FilesOptions>, name = '', named?: string): Promise<number> {
  const { limit } = remote.options;
  if (!/^[1-9]\d{0,6}$/.test(limit)) {
    throw new CodedError('usage.bad_value', `--limit: "${limit}" is not a number of files`);
  }
  const build = await findBuild(remote, named);
  const wanted = Number(limit);
  const items: ArtifactEntry[] = [];
  let detail: ArtifactDetail;
  do {
    const query = { limit: Math.min(MOST_AT_ONCE, wanted - items.length), after: String(items.length) };
    detail = await remote.client.call('getArtifact', { params: { build: build.id, name }, query });
    items.push(...detail.items);
  } while (detail.next !== undefined && items.length < wanted);
  const left = detail.entries - items.length;
  remote.print({ ...detail, items }, () => [
    ...table(
      ['MODE', 'SIZE', 'PATH'],
      items.map((one) => [
        one.mode.toString(8).padStart(3, '0'),
        one.kind === 'file' ? sizeText(one.size) : '-',
        oneLine(one.path) +
          (one.kind === 'directory' ? '/' : one.target === undefined ? '' : ` -> ${oneLine(one.target)}`),
      ]),
      'it is empty',
      remote.style,
    ),
    ...(left > 0 ? [`and ${left} more: --limit ${detail.entries} shows all`] : []),
  ]);
  return 0;
}

async function download(remote: Remote<DownloadOptions>, name = '', named?: string): Promise<number> {
  const { client, options, context } = remote;
  const build = await findBuild(remote, named);
  const params = { build: build.id, name };
  const { sha256, size } = await client.call('getArtifact', { params, query: { limit: 1 } });
  const { file } = options;
  const output = options.output ?? (file === undefined ? `${name}.tar.gz` : file.split('/').at(-1)) ?? name;
  const done = await downloadTo(output, context, {
    ...(file === undefined && { sha256, size }),
    open: (range) =>
      file === undefined
        ? client.bytes('downloadArtifact', { params, range })
        : client.bytes('downloadArtifactFile', { params, query: { path: file }, range }),
  });
  if (output === '-') return 0;
  const result = { path: output, size: done.size, sha256: done.sha256 };
  remote.print(result, () => [`${output}: ${sizeText(done.size)}, sha256 ${done.sha256}`]);
  return 0;
}
