/**
 * Makes a release with its assets, or brings the one of this tag up to date, so that a step may be tried again. It stays a draft until everything is
 * uploaded: nobody sees half of it.
 *
 * Attributes of the `put`: `tag` or `tag_file`, `title` or `title_file`, `body` or `body_file`, `assets` (patterns of files), `commit` (what the tag is
 * put on, when it is not there yet), `prerelease`, `draft`, `generate_notes`.
 */
import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { findFile, findFiles } from '../build-files.ts';
import { type CommandEnv, type CommandIo, param } from '../builtin-command.ts';
import { openReleases, releaseVersion } from '../github/release-api.ts';
import { textList } from '../text-list.ts';

export async function githubReleasePush(env: CommandEnv, io: CommandIo): Promise<number> {
  if (param(env, 'token') === undefined) {
    throw new CodedError(
      'parameter_missing',
      'To put a release, the github-release resource needs the parameter "token".',
      {
        hint: 'Is the variable empty?',
      },
    );
  }
  const isSet = (name: string): boolean => ['true', '1'].includes(env[`put_${name}`] ?? '');
  const tag = (await textOf(env, 'tag'))?.trim();
  if (tag === undefined || tag === '') {
    throw new CodedError('parameter_missing', 'A put of a release needs "tag", or "tag_file": a file with it.');
  }
  const files = await assetFiles(env);
  const [title, body] = [(await textOf(env, 'title'))?.trim(), await textOf(env, 'body')];
  const fields = {
    tag_name: tag,
    prerelease: isSet('prerelease'),
    ...(env.put_commit && { target_commitish: env.put_commit }),
    ...(title !== undefined && { name: title }),
    ...(body !== undefined && { body }),
  };
  const api = openReleases(env, io);
  const existing = (await api.list()).find((release) => release.tag_name === tag);
  const release =
    existing === undefined
      ? await api.create({ ...fields, draft: true, ...(isSet('generate_notes') && { generate_release_notes: true }) })
      : await api.update(existing.id, fields);
  io.stderr(`${existing === undefined ? 'made' : 'found'} the release ${tag}\n`);
  for (const [name, file] of files) {
    const older = release.assets.find((asset) => asset.name === name);
    if (older !== undefined) await api.deleteAsset(older.id);
    await api.upload(release, name, await openAsBlob(file));
    io.stderr(`uploaded ${name}\n`);
  }
  const done =
    isSet('draft') || !release.draft ? release : await api.update(release.id, { tag_name: tag, draft: false });
  io.stderr(`${done.html_url}\n`);
  io.stdout(`${JSON.stringify(releaseVersion(done))}\n`);
  return 0;
}

/** `tag = "v1"`, or `tag_file = "version"`: what stands in that file. */
async function textOf(env: CommandEnv, name: string): Promise<string | undefined> {
  const text = env[`put_${name}`];
  const path = env[`put_${name}_file`];
  if (!path) return text || undefined;
  return await readFile(await findFile(env, path, `${name}_file`), 'utf8');
}

async function assetFiles(env: CommandEnv): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const pattern of textList(env.put_assets)) {
    for (const file of await findFiles(env, pattern, 'assets')) {
      const name = basename(file);
      const other = files.get(name);
      if (other !== undefined && other !== file) {
        throw new CodedError(
          'bad_parameter',
          `"assets" names two files that are called ${name}, and a release has one of a name.`,
        );
      }
      files.set(name, file);
    }
  }
  return files;
}
