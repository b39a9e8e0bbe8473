/** Uploads a file of the build, then says which version the address has now. */
import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { findFile } from '../build-files.ts';
import { type CommandEnv, type CommandIo, param } from '../builtin-command.ts';
import { readHeaders } from '../http/header-params.ts';
import { LOGIN_HINT, openHttpResource } from '../http/http-resource.ts';
import { refusal } from '../http/http-trouble.ts';
import { versionOf } from './http-check.ts';

const METHODS = ['PUT', 'POST', 'PATCH'] as const;
const UPLOAD_TIMEOUT_MS = 30 * 60_000;

export async function httpPush(env: CommandEnv, io: CommandIo): Promise<number> {
  const resource = openHttpResource(env, io);
  if (!env.put_file)
    throw new CodedError('parameter_missing', 'A put to an http resource needs "file": what to upload.');
  const file = await findFile(env, env.put_file, 'file');
  const wanted = (env.put_method || param(env, 'method') || 'PUT').toUpperCase();
  const method = METHODS.find((known) => known === wanted);
  if (method === undefined) {
    throw new CodedError('bad_parameter', `"method" is one of ${METHODS.join(', ')}, not ${JSON.stringify(wanted)}.`);
  }
  const template = env.put_url || param(env, 'upload_url') || resource.url;
  const url = template.replaceAll('{file}', encodeURIComponent(basename(file)));
  const body = await openAsBlob(file);
  const answer = await resource.client.send({
    url,
    method,
    headers: {
      'content-type': 'application/octet-stream',
      ...resource.headers,
      ...readHeaders(env.put_headers || undefined),
    },
    body,
    timeoutMs: UPLOAD_TIMEOUT_MS,
  });
  if (!answer.ok) {
    const hints = {
      401: LOGIN_HINT,
      403: LOGIN_HINT,
      405: 'Look at "method": the server does not take this one here.',
    };
    throw refusal(answer, `Uploading ${basename(file)}`, await answer.text(64 * 1024), hints);
  }
  await answer.discard();
  io.stderr(`uploaded ${basename(file)}, ${body.size} bytes, to ${answer.shown}\n`);
  const now = await resource.client.send({ url: resource.url, headers: resource.headers });
  if (now.status === 200) {
    io.stdout(`${JSON.stringify(await versionOf(now, resource))}\n`);
    return 0;
  }
  await now.discard();
  io.stderr(`${now.shown} answers ${now.status}, so no version is known of it.\n`);
  return 0;
}
