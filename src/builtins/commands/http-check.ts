/**
 * One version for what an address has now. By what it is recognised, `version_by` says: `etag`, `last_modified`, `sha256` (of all of it), or
 * `json_path` for a field of a JSON answer; without it the first of the three that the server gives.
 */
import { createHash } from 'node:crypto';
import { CodedError } from '../../lib/coded-error.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import type { HttpAnswer } from '../http/http-answer.ts';
import { type HttpResource, openHttpResource } from '../http/http-resource.ts';
import { readJsonPath } from '../http/json-path.ts';

export async function httpCheck(env: CommandEnv, io: CommandIo): Promise<number> {
  const resource = openHttpResource(env, io);
  const known = knownVersion(env);
  const answer = await resource.get(resource.url, conditions(known));
  if (answer.status === 304 && known !== undefined) {
    await answer.discard();
    io.stdout(`${JSON.stringify([{ version: known }])}\n`);
    return 0;
  }
  io.stdout(`${JSON.stringify([await versionOf(answer, resource)])}\n`);
  return 0;
}

/** Reads of the answer no more than it needs. */
export async function versionOf(
  answer: HttpAnswer,
  { by, jsonPath }: Pick<HttpResource, 'by' | 'jsonPath'>,
): Promise<{ version: Record<string, string>; metadata: Record<string, string> }> {
  const [etag, modified] = [answer.headers.get('etag'), answer.headers.get('last-modified')];
  const metadata = {
    ...(modified !== null && { modified }),
    ...(answer.headers.get('content-length') !== null && { bytes: answer.headers.get('content-length') ?? '' }),
  };
  if (jsonPath !== undefined) {
    const value = readJsonPath(await answer.text(), jsonPath, answer.shown);
    return { version: { value }, metadata: {} };
  }
  const wanted = by ?? (etag !== null ? 'etag' : modified !== null ? 'last_modified' : 'sha256');
  if (wanted === 'sha256') {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of answer.chunks()) {
      hash.update(chunk);
      bytes += chunk.byteLength;
    }
    return { version: { sha256: hash.digest('hex') }, metadata: { ...metadata, bytes: String(bytes) } };
  }
  const value = wanted === 'etag' ? etag : modified;
  await answer.discard();
  if (value !== null) return { version: { [wanted]: value }, metadata };
  const header = wanted === 'etag' ? 'ETag' : 'Last-Modified';
  throw new CodedError(
    'no_version',
    `${answer.shown} answers without the header ${header}, which "version_by" asks for.`,
    {
      hint: 'Say version_by = "sha256": then all of it is read at each check.',
    },
  );
}

function knownVersion(env: CommandEnv): Record<string, string> | undefined {
  if (env.version_etag) return { etag: env.version_etag };
  return env.version_last_modified ? { last_modified: env.version_last_modified } : undefined;
}

function conditions(known: Record<string, string> | undefined): Record<string, string> {
  if (known?.etag !== undefined) return { 'if-none-match': known.etag };
  return known?.last_modified === undefined ? {} : { 'if-modified-since': known.last_modified };
}
