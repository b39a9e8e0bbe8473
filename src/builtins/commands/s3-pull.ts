/** Downloads the object into the directory of the `get`, and writes its `version` (what the group of `regexp` finds) and `url` beside it. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { getDirectory, plainFileName } from '../build-files.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { openS3 } from '../s3/s3-store.ts';
import { readWay } from '../s3/s3-way.ts';

export async function s3Pull(env: CommandEnv, io: CommandIo): Promise<number> {
  const store = openS3(env, io);
  const way = await readWay(env);
  const dir = await getDirectory(env);
  const key = way.kind === 'file' ? way.key : (env.version_path ?? '');
  if (way.kind === 'files' && !way.pattern.matches(key)) {
    throw new CodedError(
      'bad_version',
      `The version's "path" is ${JSON.stringify(key)}, which does not match "regexp".`,
    );
  }
  await writeFile(join(dir, 'url'), store.shown(key));
  const version = way.kind === 'files' ? way.pattern.capture(key) : undefined;
  if (version !== undefined) await writeFile(join(dir, 'version'), version);
  if (['true', '1'].includes(env.get_skip_download ?? '')) return 0;
  const answer = await store.get(key, env.version_version_id || undefined);
  const file = plainFileName(key.split('/').at(-1) ?? '', 'The object');
  const part = join(dir, '.object.part');
  try {
    const etag = (answer.headers.get('etag') ?? '').replaceAll('"', '');
    if (env.version_etag && env.version_etag !== etag) {
      throw new CodedError(
        'version_gone',
        `${store.shown(key)} was written again since: its etag was ${env.version_etag} and is ${etag}.`,
        {
          hint: 'Check the resource again and run the job with the new version. A bucket with versioning keeps the old ones.',
        },
      );
    }
    const { bytes, sha256 } = await answer.save(part);
    await rename(part, join(dir, file));
    io.stderr(`${store.shown(key)}: ${file}, ${bytes} bytes, sha256 ${sha256}\n`);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  return 0;
}
