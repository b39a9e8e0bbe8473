/**
 * Downloads the assets of a release into the directory of the `get`, and writes what is known of it into files beside them: `tag`, `version` (the tag
 * without what stands before its first number), `name`, `body`, `url`.
 *
 * Parameters of the `get`: `assets` (patterns of names; all, unless given), `source` (`tar` or `zip`: the sources too).
 */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { getDirectory, plainFileName } from '../build-files.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { openReleases, type Release, type ReleaseApi, type ReleaseAsset } from '../github/release-api.ts';
import { textList } from '../text-list.ts';
import { namePattern } from '../versions/name-pattern.ts';

const ARCHIVES = { tar: 'tarball_url', zip: 'zipball_url' } as const;
const FILES: Readonly<Record<keyof typeof ARCHIVES, string>> = { tar: 'source.tar.gz', zip: 'source.zip' };

export async function githubReleasePull(env: CommandEnv, io: CommandIo): Promise<number> {
  const id = env.version_id;
  if (!id || !/^\d+$/.test(id)) {
    throw new CodedError('bad_version', `The version's "id" is ${JSON.stringify(id ?? null)}, which is no release's.`);
  }
  const api = openReleases(env, io);
  const release = await api.get(id);
  const dir = await getDirectory(env);
  for (const asset of await wantedAssets(env, release)) {
    await download(api, asset.url, join(dir, plainFileName(asset.name, 'An asset')), asset);
    io.stderr(`${asset.name}, ${asset.size} bytes\n`);
  }
  const source = env.get_source || undefined;
  if (source !== undefined) {
    const kind = source === 'tar' || source === 'zip' ? source : undefined;
    const url = kind === undefined ? undefined : release[ARCHIVES[kind]];
    if (kind === undefined || url == null) {
      throw new CodedError('bad_parameter', `"source" is tar or zip, not ${JSON.stringify(source)}.`);
    }
    await download(api, url, join(dir, FILES[kind]));
  }
  const { tag_name: tag, name, body, html_url: url } = release;
  const facts = { tag, version: tag.replace(/^[^0-9]*/, '') || tag, name: name ?? tag, body: body ?? '', url };
  for (const [file, text] of Object.entries(facts)) await writeFile(join(dir, file), text);
  return 0;
}

async function wantedAssets(env: CommandEnv, { assets, tag_name: tag }: Release): Promise<ReleaseAsset[]> {
  const given = env.get_assets;
  if (given === undefined) return assets;
  const wanted = new Set<ReleaseAsset>();
  for (const text of textList(given)) {
    const pattern = await namePattern(text, 'assets');
    const found = assets.filter(({ name }) => pattern.matches(name));
    if (found.length === 0) {
      const names = assets.map(({ name }) => name).join(', ') || 'none';
      throw new CodedError('asset_not_found', `The release ${tag} has no asset like ${JSON.stringify(text)}.`, {
        hint: `It has: ${names}.`,
      });
    }
    for (const asset of found) wanted.add(asset);
  }
  return [...wanted];
}

async function download(api: ReleaseApi, url: string, file: string, expected?: ReleaseAsset): Promise<void> {
  const part = `${file}.part`;
  try {
    const { bytes, sha256 } = await (await api.download(url)).save(part);
    if (expected !== undefined && bytes !== expected.size) {
      throw new CodedError(
        'download_broken',
        `${expected.name} should have ${expected.size} bytes, and ${bytes} came.`,
      );
    }
    const digest = expected?.digest ?? undefined;
    if (digest?.startsWith('sha256:') && digest !== `sha256:${sha256}`) {
      throw new CodedError(
        'download_broken',
        `${expected?.name} should be ${digest}, and what came is sha256:${sha256}.`,
      );
    }
    await rename(part, file);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}
