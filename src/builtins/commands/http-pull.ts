/** Downloads the version that was chosen into a file of the `get`'s directory. An address has only what it has now: another version is an error. */
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { getDirectory, plainFileName } from '../build-files.ts';
import { type CommandEnv, type CommandIo, flagParam, param } from '../builtin-command.ts';
import { openHttpResource } from '../http/http-resource.ts';

export async function httpPull(env: CommandEnv, io: CommandIo): Promise<number> {
  const resource = openHttpResource(env, io);
  const dir = await getDirectory(env);
  if (['true', '1'].includes(env.get_skip_download ?? '') || flagParam(env, 'skip_download')) return 0;
  const template = param(env, 'download_url');
  const value = env.version_value || undefined;
  const url = (template ?? resource.url).replaceAll('{version}', encodeURIComponent(value ?? ''));
  const answer = await resource.get(url);
  const file = plainFileName(param(env, 'filename') ?? lastSegment(answer.url), 'The file');
  const part = join(dir, `.${file}.part`.slice(0, 255));
  try {
    const { bytes, sha256 } = await answer.save(part);
    // With a path into JSON, or an address made of the version, the headers tell nothing about it.
    if (template === undefined && value === undefined) expectVersion(env, answer.headers, sha256, answer.shown);
    await rename(part, join(dir, file));
    io.stderr(`${answer.shown}: ${file}, ${bytes} bytes, sha256 ${sha256}\n`);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  return 0;
}

function expectVersion(env: CommandEnv, headers: Headers, sha256: string, shown: string): void {
  const wanted = [
    ['sha256', sha256],
    ['etag', headers.get('etag')],
    ['last_modified', headers.get('last-modified')],
  ] as const;
  for (const [name, now] of wanted) {
    const then = env[`version_${name}`];
    if (!then || then === now) continue;
    throw new CodedError(
      'version_gone',
      `${shown} has changed since: its ${name} was ${then} and is ${now ?? 'not told any more'}.`,
      {
        hint: 'Check the resource again and run the job with the new version; the old one cannot be had any more.',
      },
    );
  }
}

function lastSegment(url: URL): string {
  const name = url.pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(name) || 'download';
  } catch {
    return name;
  }
}
