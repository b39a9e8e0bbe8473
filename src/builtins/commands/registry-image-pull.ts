/**
 * Fetches an image without docker: its files (`rootfs`), an OCI layout (`oci`), or one packed as `image.tar` (`tar`), which `docker load` takes. Beside
 * it are the files `repository`, `tag`, `digest`, and with `rootfs` `metadata.json`: environment, user and directory of the image.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from 'tar';
import { CodedError } from '../../lib/coded-error.ts';
import { getDirectory } from '../build-files.ts';
import { type CommandEnv, type CommandIo, param } from '../builtin-command.ts';
import {
  type Descriptor,
  type ImageManifest,
  imageConfig,
  imageIndex,
  imageManifest,
  isIndex,
} from '../registry/manifests.ts';
import { type Manifest, openRegistry, type Registry } from '../registry/registry-client.ts';
import { addLayer } from '../registry/rootfs.ts';

const FORMATS = ['rootfs', 'oci', 'tar'] as const;

export async function registryImagePull(env: CommandEnv, io: CommandIo): Promise<number> {
  const digest = env.version_digest ?? '';
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw new CodedError('bad_version', `The version's "digest" is ${JSON.stringify(digest)}, which is none.`);
  }
  const wanted = env.get_format || param(env, 'format') || 'rootfs';
  const format = FORMATS.find((known) => known === wanted);
  if (format === undefined) {
    throw new CodedError('bad_parameter', `"format" is one of ${FORMATS.join(', ')}, not ${JSON.stringify(wanted)}.`);
  }
  const registry = openRegistry(env, io);
  const dir = await getDirectory(env);
  const tag = env.version_tag ?? '';
  const facts = { repository: registry.name.shown, tag, digest };
  for (const [file, text] of Object.entries(facts)) await writeFile(join(dir, file), text);
  if (['true', '1'].includes(env.get_skip_download ?? '')) return 0;
  const image = await chooseImage(registry, await registry.manifest(digest), env);
  const manifest = readJson(image, imageManifest, registry);
  if (format === 'rootfs') await writeRootfs(registry, manifest, dir, io);
  else await writeLayout(registry, image, manifest, { dir, tag, packed: format === 'tar' });
  const bytes = manifest.layers.reduce((sum, { size }) => sum + size, 0);
  io.stderr(`${registry.name.shown}:${tag}@${image.digest}: ${manifest.layers.length} layers, ${bytes} bytes\n`);
  return 0;
}

/** Of an index the image for the platform that is wanted; that of the worker, unless one is. */
async function chooseImage(registry: Registry, top: Manifest, env: CommandEnv): Promise<Manifest> {
  if (!isIndex(top.mediaType)) return top;
  const own = `linux/${{ x64: 'amd64', arm: 'arm', arm64: 'arm64' }[process.arch as string] ?? process.arch}`;
  const platform = param(env, 'platform') ?? own;
  const [os, architecture, variant] = platform.split('/');
  const { manifests } = readJson(top, imageIndex, registry);
  const fits = manifests.filter(
    ({ platform: one }) =>
      one?.os === os && one?.architecture === architecture && (variant === undefined || one?.variant === variant),
  );
  const [chosen] = fits;
  if (chosen !== undefined) return registry.manifest(chosen.digest);
  const names = manifests.flatMap(({ platform: one }) =>
    one === undefined || one.os === 'unknown'
      ? []
      : [`${one.os}/${one.architecture}${one.variant === undefined ? '' : `/${one.variant}`}`],
  );
  throw new CodedError('no_platform', `${registry.name.shown} has no image for ${platform}.`, {
    hint:
      names.length === 0
        ? 'It names no platforms at all.'
        : `It has: ${names.join(', ')}. The parameter "platform" chooses.`,
  });
}

function readJson<T>(
  { bytes, digest }: Pick<Manifest, 'bytes' | 'digest'>,
  schema: { parse: (value: unknown) => T },
  registry: Registry,
): T {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw new CodedError(
      'registry_answer',
      `The manifest ${digest} of ${registry.name.shown} is none that is known here.`,
      {
        hint: 'Images of the first, old kind of manifest (schema 1) have to be pushed anew.',
        cause,
      },
    );
  }
}

async function writeRootfs(registry: Registry, manifest: ImageManifest, dir: string, io: CommandIo): Promise<void> {
  const root = join(dir, 'rootfs');
  await mkdir(root, { recursive: true });
  const part = join(dir, '.blob.part');
  try {
    await registry.saveBlob(manifest.config, part);
    const { config } = readJson({ bytes: await readFile(part), digest: manifest.config.digest }, imageConfig, registry);
    const metadata = {
      env: config?.Env ?? [],
      user: config?.User ?? '',
      workdir: config?.WorkingDir ?? '',
      entrypoint: config?.Entrypoint ?? [],
      cmd: config?.Cmd ?? [],
    };
    await writeFile(join(dir, 'metadata.json'), `${JSON.stringify(metadata, undefined, 2)}\n`);
    for (const layer of manifest.layers) {
      if (/nondistributable|foreign/.test(layer.mediaType)) {
        io.stderr(`the layer ${layer.digest} may only be had elsewhere, and is left out\n`);
        continue;
      }
      await registry.saveBlob(layer, part);
      await addLayer(root, part);
    }
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

async function writeLayout(
  registry: Registry,
  image: Manifest,
  manifest: ImageManifest,
  { dir, tag, packed }: { readonly dir: string; readonly tag: string; readonly packed: boolean },
): Promise<void> {
  const layout = join(dir, packed ? '.layout.part' : 'oci');
  const blobs = join(layout, 'blobs', 'sha256');
  const fileOf = (digest: string): string => join(blobs, digest.slice('sha256:'.length));
  await mkdir(blobs, { recursive: true });
  try {
    for (const blob of new Map<string, Descriptor>(
      [manifest.config, ...manifest.layers].map((one) => [one.digest, one]),
    ).values()) {
      await registry.saveBlob(blob, fileOf(blob.digest));
    }
    await writeFile(fileOf(image.digest), image.bytes);
    const name = `${registry.name.shown}:${tag}`;
    const reference = {
      mediaType: image.mediaType,
      digest: image.digest,
      size: image.bytes.byteLength,
      annotations: { 'org.opencontainers.image.ref.name': tag, 'io.containerd.image.name': name },
    };
    const path = (digest: string): string => `blobs/sha256/${digest.slice('sha256:'.length)}`;
    const files = {
      'oci-layout': { imageLayoutVersion: '1.0.0' },
      'index.json': { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [reference] },
      // What older `docker load`s look for.
      'manifest.json': [
        {
          Config: path(manifest.config.digest),
          RepoTags: [name],
          Layers: manifest.layers.map(({ digest }) => path(digest)),
        },
      ],
    };
    for (const [file, content] of Object.entries(files)) await writeFile(join(layout, file), JSON.stringify(content));
    if (packed)
      await create({ file: join(dir, 'image.tar'), cwd: layout, portable: true }, [...Object.keys(files), 'blobs']);
  } finally {
    if (packed) await rm(layout, { recursive: true, force: true });
  }
}
