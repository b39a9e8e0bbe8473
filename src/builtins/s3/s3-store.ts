/** A bucket of Amazon S3, or of a server that speaks as it does: the few requests that the resource type needs, signed with version 4. */
import { AwsV4Signer } from 'aws4fetch';
import { CodedError } from '../../lib/coded-error.ts';
import { type CommandEnv, type CommandIo, param } from '../builtin-command.ts';
import type { HttpAnswer } from '../http/http-answer.ts';
import { createHttpClient, type HttpRequest } from '../http/http-client.ts';
import { refusal } from '../http/http-trouble.ts';
import { readXml } from './s3-xml.ts';

export interface StoredObject {
  readonly key: string;
  readonly etag: string;
  readonly modified: string;
  /** Absent in a bucket that keeps no versions. */
  readonly versionId?: string;
  /** It marks that the object was deleted. */
  readonly isDeleted?: boolean;
}

export interface S3Store {
  readonly bucket: string;
  /** `s3://bucket/key`. */
  readonly shown: (key: string) => string;
  /** By name. Throws `too_many_objects`. */
  readonly list: (prefix: string) => Promise<StoredObject[]>;
  /** Of one key, oldest first. */
  readonly versions: (key: string) => Promise<StoredObject[]>;
  /** Undefined when there is none. */
  readonly stat: (key: string) => Promise<StoredObject | undefined>;
  readonly get: (key: string, versionId?: string) => Promise<HttpAnswer>;
  readonly put: (key: string, content: Blob, headers: Readonly<Record<string, string>>) => Promise<StoredObject>;
}

const MOST_OBJECTS = 100_000;
/** What is larger goes in parts: a server takes at most 5 GiB at once, and a part that breaks off is sent again alone. */
const PART_BYTES = 64 * 1024 * 1024;
const UPLOAD_TIMEOUT_MS = 30 * 60_000;

export function openS3(env: CommandEnv, io: CommandIo): S3Store {
  const bucket = param(env, 'bucket');
  if (bucket === undefined) throw new CodedError('parameter_missing', 'The s3 resource needs the parameter "bucket".');
  if (!/^[\w.-]{1,255}$/.test(bucket))
    throw new CodedError('bad_parameter', `"bucket" is ${JSON.stringify(bucket)}, which is no name of a bucket.`);
  const [accessKeyId, secretAccessKey] = [param(env, 'access_key_id'), param(env, 'secret_access_key')];
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    const [has, lacks] =
      accessKeyId === undefined ? ['secret_access_key', 'access_key_id'] : ['access_key_id', 'secret_access_key'];
    throw new CodedError('parameter_missing', `The s3 resource has "${has}" but not "${lacks}".`, {
      hint: 'Is the variable empty?',
    });
  }
  const region = param(env, 'region') ?? 'us-east-1';
  const home = bucketAddress(bucket, region, env);
  const client = createHttpClient(io, { peer: 'the store', authority: param(env, 'ca_cert') });
  const sessionToken = param(env, 'session_token');

  async function ask(
    key: string,
    query: Readonly<Record<string, string>>,
    request: Omit<HttpRequest, 'url'> = {},
  ): Promise<HttpAnswer> {
    const url = new URL(`${home}/${key.split('/').map(encodeKey).join('/')}`);
    // As it is signed: with %20 and not + for a space.
    url.search = Object.entries(query)
      .map(([name, value]) => `${encodeKey(name)}=${encodeKey(value)}`)
      .join('&');
    const { method = 'GET', headers = {} } = request;
    if (accessKeyId === undefined || secretAccessKey === undefined)
      return client.send({ ...request, url, redirects: 0 });
    const signer = new AwsV4Signer({
      ...{ url: url.href, method, headers: { ...headers }, accessKeyId, secretAccessKey, region, service: 's3' },
      ...(sessionToken !== undefined && { sessionToken }),
    });
    const signed = await signer.sign();
    return client.send({
      ...request,
      method,
      url: signed.url,
      headers: Object.fromEntries(signed.headers),
      redirects: 0,
    });
  }

  async function need(
    what: string,
    key: string,
    query: Readonly<Record<string, string>>,
    request: Omit<HttpRequest, 'url'> = {},
  ) {
    const answer = await ask(key, query, request);
    if (answer.ok) return answer;
    throw s3Refusal(answer, what, await answer.text(64 * 1024), region);
  }

  const shown = (key: string): string => `s3://${bucket}/${key}`;

  async function putInParts(
    key: string,
    content: Blob,
    headers: Readonly<Record<string, string>>,
  ): Promise<HttpAnswer> {
    const what = `Uploading ${shown(key)}`;
    const begun = await need(what, key, { uploads: '' }, { method: 'POST', headers });
    const uploadId = readXml(await begun.text(), []).fields.UploadId ?? '';
    try {
      const parts: string[] = [];
      for (let at = 0; at * PART_BYTES < content.size; at += 1) {
        const body = content.slice(at * PART_BYTES, (at + 1) * PART_BYTES);
        const query = { partNumber: String(at + 1), uploadId };
        const done = await need(what, key, query, { method: 'PUT', body, timeoutMs: UPLOAD_TIMEOUT_MS });
        await done.discard();
        const etag = (done.headers.get('etag') ?? '').replaceAll('"', '');
        parts.push(`<Part><PartNumber>${at + 1}</PartNumber><ETag>"${etag}"</ETag></Part>`);
      }
      const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
      return await need(what, key, { uploadId }, { method: 'POST', body, timeoutMs: UPLOAD_TIMEOUT_MS });
    } catch (error) {
      // Half an upload costs room at the store until it is given up there.
      await ask(key, { uploadId }, { method: 'DELETE' }).then(
        (answer) => answer.discard(),
        () => undefined,
      );
      throw error;
    }
  }

  return {
    bucket,
    shown,
    async list(prefix) {
      const found: StoredObject[] = [];
      let token: string | undefined;
      do {
        const query = {
          'list-type': '2',
          'encoding-type': 'url',
          prefix,
          ...(token !== undefined && { 'continuation-token': token }),
        };
        const answer: HttpAnswer = await need(`Listing ${shown(prefix)}`, '', query);
        const { fields, records } = readXml(await answer.text(), ['Contents']);
        for (const { fields: object } of records) {
          found.push({
            key: decodeKey(object.Key ?? '', fields.EncodingType),
            etag: object.ETag ?? '',
            modified: object.LastModified ?? '',
          });
        }
        if (found.length > MOST_OBJECTS) {
          throw new CodedError('too_many_objects', `More than ${MOST_OBJECTS} objects begin with ${shown(prefix)}.`, {
            hint: 'Begin "regexp" with more that all of them have: "app/releases/app-(.*).tgz".',
          });
        }
        token = fields.IsTruncated === 'true' ? fields.NextContinuationToken : undefined;
      } while (token !== undefined);
      return found;
    },
    async versions(key) {
      const answer = await need(`Listing versions of ${shown(key)}`, '', {
        versions: '',
        prefix: key,
        'encoding-type': 'url',
      });
      const { fields: top, records } = readXml(await answer.text(), ['Version', 'DeleteMarker']);
      const found = records.flatMap(({ name, fields }) =>
        decodeKey(fields.Key ?? '', top.EncodingType) === key
          ? [
              {
                key,
                etag: fields.ETag ?? '',
                modified: fields.LastModified ?? '',
                versionId: fields.VersionId ?? 'null',
                isDeleted: name === 'DeleteMarker',
              },
            ]
          : [],
      );
      // The newest comes first.
      return found.reverse();
    },
    async stat(key) {
      const answer = await ask(key, {}, { method: 'HEAD' });
      await answer.discard();
      if (answer.status === 404) return undefined;
      if (!answer.ok) throw s3Refusal(answer, `Looking at ${shown(key)}`, '', region);
      return objectOf(key, answer);
    },
    get: (key, versionId) => need(`Fetching ${shown(key)}`, key, versionId === undefined ? {} : { versionId }),
    async put(key, content, headers) {
      const request = { method: 'PUT', headers, body: content, timeoutMs: UPLOAD_TIMEOUT_MS } as const;
      const answer =
        content.size > PART_BYTES
          ? await putInParts(key, content, headers)
          : await need(`Uploading ${shown(key)}`, key, {}, request);
      await answer.discard();
      return (await this.stat(key)) ?? objectOf(key, answer);
    },
  };
}

function objectOf(key: string, { headers }: HttpAnswer): StoredObject {
  const versionId = headers.get('x-amz-version-id');
  return {
    ...{ key, etag: headers.get('etag') ?? '', modified: headers.get('last-modified') ?? '' },
    ...(versionId !== null && versionId !== 'null' && { versionId }),
  };
}

/** With an endpoint of one's own the bucket stands in the path, for few of them have a name for each. */
function bucketAddress(bucket: string, region: string, env: CommandEnv): string {
  const endpoint = param(env, 'endpoint')?.replace(/\/+$/, '');
  if (endpoint !== undefined) return `${/^https?:\/\//.test(endpoint) ? endpoint : `https://${endpoint}`}/${bucket}`;
  return bucket.includes('.')
    ? `https://s3.${region}.amazonaws.com/${bucket}`
    : `https://${bucket}.s3.${region}.amazonaws.com`;
}

const encodeKey = (part: string): string =>
  encodeURIComponent(part).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
/** A store that was asked to encode names may not know how to. */
const decodeKey = (text: string, encoding: string | undefined): string =>
  encoding === 'url' ? decodeURIComponent(text.replaceAll('+', ' ')) : text;

function s3Refusal(answer: HttpAnswer, what: string, body: string, region: string): CodedError {
  const { Code: code = '', Message: message = '' } = body.trimStart().startsWith('<') ? readXml(body, []).fields : {};
  const actual = answer.headers.get('x-amz-bucket-region');
  const login =
    'Look at the parameters "access_key_id", "secret_access_key" and "session_token", and at what they may do in this bucket.';
  const elsewhere =
    actual !== null && actual !== region ? `The bucket is in another region: region = "${actual}".` : undefined;
  const hints: Record<number, string> = {
    ...(elsewhere !== undefined && { 301: elsewhere, 307: elsewhere, 400: elsewhere }),
    403: elsewhere ?? login,
    401: login,
    404:
      code === 'NoSuchBucket'
        ? 'Look at the parameters "bucket" and "endpoint".'
        : 'Look at the spelling; was it deleted?',
  };
  return refusal(answer, what, [code, message].filter(Boolean).join(': ') || body, hints);
}
