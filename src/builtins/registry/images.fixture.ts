/** Small images, made by hand. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { create } from 'tar';

/** A file's text by its path; `-> x` is a symbolic link to x, a path with `/` at its end a directory. */
export type LayerFiles = Readonly<Record<string, string>>;

export async function layerTar(root: string, files: LayerFiles): Promise<Buffer> {
  const dir = mkdtempSync(join(root, 'layer-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(dir, path.endsWith('/') ? path : dirname(path)), { recursive: true });
    if (path.endsWith('/')) continue;
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), join(dir, path));
    else writeFileSync(join(dir, path), text);
  }
  const file = `${dir}.tar`;
  await create({ file, cwd: dir, portable: true }, Object.keys(files));
  return readFileSync(file);
}

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export interface Platform {
  readonly os: string;
  readonly architecture: string;
}

/** Writes an OCI layout; with several platforms an index of images, one of each. Gives the digest of the top. */
export async function writeOciLayout(
  dir: string,
  root: string,
  layers: readonly LayerFiles[],
  platforms: readonly Platform[] = [],
): Promise<string> {
  const blobs = join(dir, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const keep = (bytes: Uint8Array, mediaType: string) => {
    const digest = digestOf(bytes);
    writeFileSync(join(blobs, digest.slice(7)), bytes);
    return { mediaType, digest, size: bytes.byteLength };
  };
  const keepJson = (value: object, mediaType: string) =>
    keep(Buffer.from(JSON.stringify({ ...value, mediaType })), mediaType);
  const image = async ({ os, architecture }: Platform) => {
    const config = Buffer.from(
      JSON.stringify({ os, architecture, config: { Env: ['A=1'], User: 'ada', WorkingDir: '/app' } }),
    );
    const packed = [];
    for (const files of [...layers, { [`platform-${architecture}`]: '' }])
      packed.push(gzipSync(await layerTar(root, files)));
    return keepJson(
      {
        schemaVersion: 2,
        config: keep(config, 'application/vnd.oci.image.config.v1+json'),
        layers: packed.map((bytes) => keep(bytes, 'application/vnd.oci.image.layer.v1.tar+gzip')),
      },
      'application/vnd.oci.image.manifest.v1+json',
    );
  };
  const own = { os: 'linux', architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' };
  const images = [];
  for (const platform of platforms.length > 0 ? platforms : [own])
    images.push({ ...(await image(platform)), platform });
  const index = { schemaVersion: 2, manifests: images };
  const [only] = images;
  const top = platforms.length > 0 ? keepJson(index, 'application/vnd.oci.image.index.v1+json') : only;
  writeFileSync(join(dir, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  writeFileSync(join(dir, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [top] }));
  return top?.digest ?? '';
}

/** Writes a tar as `docker save` does. */
export async function writeDockerArchive(file: string, root: string, layers: readonly LayerFiles[]): Promise<void> {
  const dir = mkdtempSync(join(root, 'docker-'));
  const config = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', config: {} }));
  const name = `${digestOf(config).slice(7)}.json`;
  writeFileSync(join(dir, name), config);
  const names: string[] = [];
  for (const [at, files] of layers.entries()) {
    mkdirSync(join(dir, `layer-${at}`));
    writeFileSync(join(dir, `layer-${at}`, 'layer.tar'), await layerTar(root, files));
    names.push(`layer-${at}/layer.tar`);
  }
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify([{ Config: name, RepoTags: ['app:1'], Layers: names }]));
  await create({ file, cwd: dir, portable: true }, ['manifest.json', name, ...names]);
}
