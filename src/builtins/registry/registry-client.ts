/** The HTTP API of registries, version 2 (OCI Distribution): manifests, blobs, tags, uploads; basic authentication and tokens. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import { type CommandEnv, type CommandIo, param } from '../builtin-command.ts';
import type { HttpAnswer } from '../http/http-answer.ts';
import { createHttpClient, type HttpRequest } from '../http/http-client.ts';
import { refusal } from '../http/http-trouble.ts';
import { type ImageName, imageName } from './image-name.ts';
import { type Descriptor, MANIFEST_TYPES } from './manifests.ts';

export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface Registry {
  readonly name: ImageName;
  /** The digest that a tag has now; undefined when there is no such tag. */
  readonly digestOf: (tag: string) => Promise<string | undefined>;
  readonly tags: () => Promise<string[]>;
  readonly manifest: (digest: string) => Promise<Manifest>;
  /** Downloads a blob, and holds it against its digest. */
  readonly saveBlob: (blob: Pick<Descriptor, 'digest' | 'size'>, file: string) => Promise<void>;
  /** Undefined: it has the blob already. */
  readonly uploadBlob: (digest: string, content: Blob) => Promise<number | undefined>;
  readonly putManifest: (reference: string, manifest: Manifest) => Promise<void>;
}

const LARGEST_MANIFEST = 4 * 1024 * 1024;
const MOST_TAG_PAGES = 50;
const UPLOAD_TIMEOUT_MS = 30 * 60_000;
const tagList = z.object({ tags: z.array(z.string()).nullable() });
const tokenAnswer = z.object({ token: z.string().optional(), access_token: z.string().optional() });

export function openRegistry(env: CommandEnv, io: CommandIo): Registry {
  const name = imageName(env);
  const [username, password] = [param(env, 'username'), param(env, 'password')];
  if ((username === undefined) !== (password === undefined)) {
    const [has, lacks] = username === undefined ? ['password', 'username'] : ['username', 'password'];
    throw new CodedError('parameter_missing', `The registry-image resource has "${has}" but not "${lacks}".`, {
      hint: 'Is the variable empty?',
    });
  }
  const basic =
    username === undefined ? undefined : `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const client = createHttpClient(io, { peer: `the registry of ${name.shown}`, authority: param(env, 'ca_cert') });
  const home = `${name.origin}/v2/${name.path}`;
  let authorization: string | undefined;

  /** Asks; where the registry wants to know who does, finds out how it wants to be told, and asks again. */
  async function send(request: HttpRequest): Promise<HttpAnswer> {
    const own = new URL(request.url).origin === name.origin;
    const once = (): Promise<HttpAnswer> =>
      client.send({
        ...request,
        headers: { ...request.headers, ...(own && authorization !== undefined && { authorization }) },
      });
    const answer = await once();
    const challenge = answer.headers.get('www-authenticate');
    if (answer.status !== 401 || challenge === null || !own) return answer;
    await answer.discard();
    authorization = await login(challenge);
    return once();
  }

  async function login(challenge: string): Promise<string> {
    const [, scheme = '', rest = ''] = /^(\w+)\s*(.*)$/s.exec(challenge) ?? [];
    const refused = new CodedError('registry_login', `The registry of ${name.shown} wants a login.`, {
      hint: 'Give the resource "username" and "password". Is a secret empty?',
    });
    if (scheme.toLowerCase() === 'basic') {
      if (basic === undefined) throw refused;
      return basic;
    }
    const fields = Object.fromEntries(
      [...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
    );
    if (scheme.toLowerCase() !== 'bearer' || !URL.canParse(fields.realm ?? '')) throw refused;
    const realm = new URL(fields.realm ?? '');
    if (name.origin.startsWith('https:') && realm.protocol !== 'https:') {
      throw new CodedError(
        'registry_login',
        `The registry of ${name.shown} wants the login sent to ${realm.origin}, without TLS.`,
        {
          hint: 'Is something in between that should not be?',
        },
      );
    }
    for (const key of ['service', 'scope']) if (fields[key] !== undefined) realm.searchParams.set(key, fields[key]);
    const answer = await client.send({ url: realm, headers: basic === undefined ? {} : { authorization: basic } });
    if (!answer.ok) throw refusal(answer, `Logging in for ${name.shown}`, await answer.text(64 * 1024), HINTS);
    const { token, access_token: other } = await answer.json(tokenAnswer, 1024 * 1024);
    const bearer = token ?? other;
    if (bearer === undefined) throw refused;
    return `Bearer ${bearer}`;
  }

  async function need(what: string, request: HttpRequest): Promise<HttpAnswer> {
    const answer = await send(request);
    if (answer.ok) return answer;
    throw refusal(answer, what, await answer.text(64 * 1024), HINTS);
  }

  const accept = MANIFEST_TYPES.join(', ');

  async function manifest(reference: string): Promise<Manifest> {
    const answer = await need(`Reading ${name.shown} ${reference}`, {
      url: `${home}/manifests/${reference}`,
      headers: { accept },
    });
    const bytes = Buffer.from(await answer.text(LARGEST_MANIFEST), 'utf8');
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (reference.startsWith('sha256:') && digest !== reference) throw wrongDigest(name, reference, digest);
    const mediaType = (answer.headers.get('content-type') ?? '').split(';')[0]?.trim() ?? '';
    return { digest, mediaType, bytes };
  }

  return {
    name,
    manifest,
    async digestOf(tag) {
      const answer = await send({ url: `${home}/manifests/${tag}`, method: 'HEAD', headers: { accept } });
      await answer.discard();
      if (answer.status === 404) return undefined;
      if (!answer.ok) throw refusal(answer, `Looking at ${name.shown}:${tag}`, '', HINTS);
      const told = answer.headers.get('docker-content-digest') ?? '';
      return /^sha256:[0-9a-f]{64}$/.test(told) ? told : (await manifest(tag)).digest;
    },
    async tags() {
      const found: string[] = [];
      let next: string | undefined = `${home}/tags/list?n=1000`;
      for (let page = 0; next !== undefined && page < MOST_TAG_PAGES; page += 1) {
        const answer: HttpAnswer = await need(`Listing the tags of ${name.shown}`, { url: next });
        found.push(...((await answer.json(tagList)).tags ?? []));
        const link: string | undefined = /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(answer.headers.get('link') ?? '')?.[1];
        const following: URL | undefined = link === undefined ? undefined : new URL(link, answer.url);
        next = following?.origin === name.origin ? following.href : undefined;
      }
      return found;
    },
    async saveBlob({ digest, size }, file) {
      const answer = await need(`Fetching ${digest} of ${name.shown}`, { url: `${home}/blobs/${digest}` });
      const saved = await answer.save(file);
      if (`sha256:${saved.sha256}` !== digest) throw wrongDigest(name, digest, `sha256:${saved.sha256}`);
      if (saved.bytes !== size) throw wrongDigest(name, `${digest} of ${size} bytes`, `${saved.bytes} bytes`);
    },
    async uploadBlob(digest, content) {
      const there = await send({ url: `${home}/blobs/${digest}`, method: 'HEAD' });
      await there.discard();
      if (there.ok) return undefined;
      const begun = await need(`Uploading to ${name.shown}`, {
        url: `${home}/blobs/uploads/`,
        method: 'POST',
        redirects: 0,
      });
      await begun.discard();
      const location = begun.headers.get('location');
      if (location === null)
        throw new CodedError('registry_answer', `The registry of ${name.shown} does not say where to upload to.`);
      const url = new URL(location, begun.url);
      url.searchParams.set('digest', digest);
      const headers = { 'content-type': 'application/octet-stream' };
      const done = await need(`Uploading ${digest} to ${name.shown}`, {
        ...{ url, method: 'PUT', headers, body: content, retry: 'unless-done', timeoutMs: UPLOAD_TIMEOUT_MS },
      });
      await done.discard();
      return content.size;
    },
    async putManifest(reference, { mediaType, bytes }) {
      const headers = { 'content-type': mediaType };
      const body = new Uint8Array(bytes);
      const done = await need(`Pushing ${name.shown}:${reference}`, {
        url: `${home}/manifests/${reference}`,
        method: 'PUT',
        headers,
        body,
      });
      await done.discard();
    },
  };
}

function wrongDigest(name: ImageName, wanted: string, came: string): CodedError {
  return new CodedError('wrong_digest', `${name.shown} should have sent ${wanted}, and sent ${came}.`, {
    hint: 'Is there a proxy in between that changes what passes?',
  });
}

const LOGIN =
  'Look at the parameters "username" and "password": are they right, and may they do this in the repository?';
const HINTS: Readonly<Record<number, string>> = {
  401: LOGIN,
  403: LOGIN,
  404: 'Look at the parameters "repository" and "tag". A private repository is not found without a login that may see it.',
  429: 'The registry answers only so often. Give the resource "username" and "password", or check less often: check_interval = "@every 10m".',
};
