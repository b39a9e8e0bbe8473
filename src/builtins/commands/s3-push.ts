/** Uploads a file of the build: to `versioned_file`, or under its own name into the directory of `regexp`, which it must match. */
import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { findFile } from '../build-files.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { readHeaders } from '../http/header-params.ts';
import { objectVersion } from '../s3/object-version.ts';
import { openS3 } from '../s3/s3-store.ts';
import { readWay } from '../s3/s3-way.ts';

export async function s3Push(env: CommandEnv, io: CommandIo): Promise<number> {
  const store = openS3(env, io);
  const way = await readWay(env);
  if (!env.put_file) throw new CodedError('parameter_missing', 'A put to an s3 resource needs "file": what to upload.');
  const file = await findFile(env, env.put_file, 'file');
  const key = way.kind === 'file' ? way.key : `${way.directory}${basename(file)}`;
  if (way.kind === 'files' && !way.pattern.matches(key)) {
    throw new CodedError(
      'bad_file_name',
      `${store.shown(key)} would not match "regexp", ${JSON.stringify(way.source)}, so it would never be found again.`,
      {
        hint: 'Call the file in the build as the expression wants it.',
      },
    );
  }
  const content = await openAsBlob(file);
  const headers = {
    ...(env.put_content_type && { 'content-type': env.put_content_type }),
    ...(env.put_acl && { 'x-amz-acl': env.put_acl }),
    ...readHeaders(env.put_headers || undefined),
  };
  const object = await store.put(key, content, headers);
  io.stderr(`uploaded ${basename(file)}, ${content.size} bytes, to ${store.shown(key)}\n`);
  io.stdout(`${JSON.stringify(objectVersion(object, way))}\n`);
  return 0;
}
