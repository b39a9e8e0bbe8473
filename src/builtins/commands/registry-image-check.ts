/**
 * Prints `{ tag, digest }`: what a tag stands for now; or, when `tag` is a pattern, the tags that match in the order of their versions.
 */
import { CodedError } from '../../lib/coded-error.ts';
import { type CommandEnv, type CommandIo, flagParam, param } from '../builtin-command.ts';
import { TAG } from '../registry/image-name.ts';
import { openRegistry, type Registry } from '../registry/registry-client.ts';
import { namePattern } from '../versions/name-pattern.ts';
import { parseSemanticVersion, sortByVersion } from '../versions/semantic-version.ts';

/** Each costs a question. */
const MOST_TAGS = 20;

export async function registryImageCheck(env: CommandEnv, io: CommandIo): Promise<number> {
  const registry = openRegistry(env, io);
  const tag = param(env, 'tag') ?? 'latest';
  const found = TAG.test(tag) ? [await tagVersion(registry, tag)] : await tagVersions(registry, tag, env, io);
  io.stdout(`${JSON.stringify(found)}\n`);
  return 0;
}

async function tagVersion(registry: Registry, tag: string) {
  const digest = await registry.digestOf(tag);
  if (digest !== undefined) return { version: { tag, digest }, metadata: { image: `${registry.name.shown}:${tag}` } };
  throw new CodedError('tag_not_found', `${registry.name.shown} has no tag "${tag}".`, {
    hint: 'Look at the parameters "repository" and "tag". A private repository is not found without "username" and "password".',
  });
}

async function tagVersions(registry: Registry, text: string, env: CommandEnv, io: CommandIo) {
  const pattern = await namePattern(text, 'tag');
  const tags = (await registry.tags()).filter((tag) => TAG.test(tag) && pattern.matches(tag));
  const versionOf = (tag: string): string => pattern.capture(tag) ?? tag;
  const all = sortByVersion(tags, versionOf);
  const previews = flagParam(env, 'pre_releases');
  const wanted = all.filter((tag) => previews || parseSemanticVersion(versionOf(tag))?.pre.length === 0);
  if (wanted.length < all.length) {
    io.stderr(`${all.length - wanted.length} pre-releases are left out; pre_releases = true would take them too\n`);
  }
  const known = wanted.indexOf(env.version_tag ?? '');
  const newer = known < 0 ? wanted.slice(-1) : wanted.slice(known).slice(-MOST_TAGS);
  const found = [];
  for (const tag of newer) found.push(await tagVersion(registry, tag));
  return found;
}
