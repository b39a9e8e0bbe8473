/** An image that a build made: an OCI layout (a directory or a tar of one), or a tar as `docker save` writes it. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, openAsBlob, statSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { extract } from 'tar';
import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import {
  type descriptor,
  imageIndex,
  imageManifest,
  isIndex,
  OCI_CONFIG,
  OCI_GZIP_LAYER,
  OCI_MANIFEST,
} from './manifests.ts';
import type { Manifest } from './registry-client.ts';

export interface LocalImage extends AsyncDisposable {
  /** What the tag will stand for: the image, or an index of images for several platforms. */
  readonly top: Manifest;
  /** Those that the index names; they are pushed first. */
  readonly others: readonly Manifest[];
  readonly blobs: ReadonlyMap<string, string>;
}

const dockerManifest = z.array(
  z.object({ Config: z.string(), RepoTags: z.array(z.string()).nullish(), Layers: z.array(z.string()) }),
);

/** Throws `no_image` for what is none. */
export async function openLocalImage(path: string): Promise<LocalImage> {
  const temporary = await mkdtemp(join(tmpdir(), 'pikoci-image-'));
  const dispose = (): Promise<void> => rm(temporary, { recursive: true, force: true });
  try {
    let dir = path;
    if (!statSync(path).isDirectory()) {
      dir = join(temporary, 'image');
      await extractImage(path, dir);
    }
    const isLayout = existsSync(join(dir, 'index.json')) && existsSync(join(dir, 'oci-layout'));
    const image = isLayout ? await fromLayout(dir, path) : await fromDocker(dir, path, temporary);
    return { ...image, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function extractImage(file: string, dir: string): Promise<void> {
  await import('node:fs/promises').then(({ mkdir }) => mkdir(dir));
  try {
    await extract({
      file,
      cwd: dir,
      preserveOwner: false,
      filter: (_, entry) =>
        'type' in entry && ['File', 'OldFile', 'Directory', 'Link', 'SymbolicLink'].includes(entry.type),
      strict: true,
    });
  } catch (cause) {
    throw new CodedError('no_image', `${file} cannot be read as a tar.`, {
      hint: 'Write it with docker save, or as an OCI layout.',
      cause,
    });
  }
}

async function fromLayout(dir: string, path: string): Promise<Omit<LocalImage, typeof Symbol.asyncDispose>> {
  const index = await parsed(join(dir, 'index.json'), imageIndex, path);
  const [only, ...more] = index.manifests;
  if (only === undefined || more.length > 0) {
    const bytes = await readFile(join(dir, 'index.json'));
    if (only === undefined) throw new CodedError('no_image', `The index of ${path} names no image.`);
    const top = {
      digest: digestOf(bytes),
      mediaType: index.mediaType ?? 'application/vnd.oci.image.index.v1+json',
      bytes,
    };
    return withBlobs(dir, path, top, index.manifests);
  }
  const top = await manifestOf(dir, path, only);
  return isIndex(only.mediaType)
    ? withBlobs(dir, path, top, parseBytes(top.bytes, imageIndex, path).manifests)
    : withBlobs(dir, path, top, []);
}

async function withBlobs(
  dir: string,
  path: string,
  top: Manifest,
  children: readonly z.infer<typeof descriptor>[],
): Promise<Omit<LocalImage, typeof Symbol.asyncDispose>> {
  const others = await Promise.all(children.map((child) => manifestOf(dir, path, child)));
  const blobs = new Map<string, string>();
  for (const { bytes } of children.length > 0 ? others : [top]) {
    const { config, layers } = parseBytes(bytes, imageManifest, path);
    for (const { digest, urls } of [config, ...layers]) {
      const file = blobFile(dir, digest);
      // A layer that may only be had elsewhere ("foreign") is not ours to push.
      if (!existsSync(file) && urls !== undefined) continue;
      if (!existsSync(file))
        throw new CodedError('no_image', `${path} lacks the blob ${digest} that its manifest names.`);
      blobs.set(digest, file);
    }
  }
  return { top, others, blobs };
}

async function manifestOf(
  dir: string,
  path: string,
  { digest, mediaType }: z.infer<typeof descriptor>,
): Promise<Manifest> {
  const file = blobFile(dir, digest);
  if (!existsSync(file)) throw new CodedError('no_image', `${path} lacks the manifest ${digest} that its index names.`);
  const bytes = await readFile(file);
  if (digestOf(bytes) !== digest)
    throw new CodedError('no_image', `${path}: the manifest ${digest} is not what its digest says.`);
  return { digest, mediaType, bytes };
}

const blobFile = (dir: string, digest: string): string => join(dir, 'blobs', ...digest.split(':'));
const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Layers of `docker save` are not packed; they are for the registry. */
async function fromDocker(
  dir: string,
  path: string,
  temporary: string,
): Promise<Omit<LocalImage, typeof Symbol.asyncDispose>> {
  if (!existsSync(join(dir, 'manifest.json'))) {
    throw new CodedError(
      'no_image',
      `${path} is no image: it has neither an index.json with an oci-layout nor a manifest.json.`,
      {
        hint: 'Write it with docker save -o image.tar, buildah push oci-archive:image.tar, or the like.',
      },
    );
  }
  const [image, ...more] = await parsed(join(dir, 'manifest.json'), dockerManifest, path);
  if (image === undefined || more.length > 0)
    throw new CodedError(
      'no_image',
      `${path} holds ${more.length + (image ? 1 : 0)} images, and one is pushed at a time.`,
    );
  const config = await readFile(inside(dir, image.Config, path));
  const configDigest = digestOf(config);
  const blobs = new Map([[configDigest, inside(dir, image.Config, path)]]);
  const layers = [];
  for (const [at, name] of image.Layers.entries()) {
    const packed = join(temporary, `layer-${at}`);
    const hash = createHash('sha256');
    const gzip = createGzip({ level: 6 });
    gzip.on('data', (chunk: Buffer) => hash.update(chunk));
    await pipeline(createReadStream(inside(dir, name, path)), gzip, createWriteStream(packed));
    const digest = `sha256:${hash.digest('hex')}`;
    blobs.set(digest, packed);
    layers.push({ mediaType: OCI_GZIP_LAYER, digest, size: statSync(packed).size });
  }
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, digest: configDigest, size: config.byteLength },
    layers,
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return { top: { digest: digestOf(bytes), mediaType: OCI_MANIFEST, bytes }, others: [], blobs };
}

function inside(dir: string, name: string, path: string): string {
  const full = resolve(dir, name);
  if (full.startsWith(`${resolve(dir)}${sep}`) && existsSync(full)) return full;
  throw new CodedError('no_image', `${path}: its manifest names ${JSON.stringify(name)}, which is not in it.`);
}

async function parsed<T>(file: string, schema: z.ZodType<T>, path: string): Promise<T> {
  return parseBytes(await readFile(file), schema, path);
}

function parseBytes<T>(bytes: Buffer, schema: z.ZodType<T>, path: string): T {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw new CodedError('no_image', `${path} is no image: what should describe it cannot be read.`, { cause });
  }
}

export const blobContent = (file: string): Promise<Blob> => openAsBlob(file);
