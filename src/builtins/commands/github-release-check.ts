/** Prints the releases of a repository that are wanted, oldest first: by their versions, or with `order = "time"` by when they were published. */
import { CodedError } from '../../lib/coded-error.ts';
import { type CommandEnv, type CommandIo, param } from '../builtin-command.ts';
import { openReleases, type Release, releaseVersion, wantedReleases } from '../github/release-api.ts';
import { namePattern } from '../versions/name-pattern.ts';
import { sortByVersion } from '../versions/semantic-version.ts';

/** At most so many are told at once, the newest ones. */
const MOST = 100;

export async function githubReleaseCheck(env: CommandEnv, io: CommandIo): Promise<number> {
  const order = param(env, 'order') ?? 'semver';
  if (order !== 'semver' && order !== 'time') {
    throw new CodedError('bad_parameter', `"order" is semver or time, not ${JSON.stringify(order)}.`);
  }
  const pattern = await namePattern(param(env, 'tag') ?? '**', 'tag');
  const all = wantedReleases(env, await openReleases(env, io).list()).filter(({ tag_name }) =>
    pattern.matches(tag_name),
  );
  const tagOf = ({ tag_name }: Release): string => pattern.capture(tag_name) ?? tag_name;
  const sorted = order === 'semver' ? sortByVersion(all, tagOf) : all.toSorted((a, b) => timeOf(a) - timeOf(b));
  if (sorted.length < all.length) {
    io.stderr(
      `${all.length - sorted.length} releases are left out: their tags are no versions; order = "time" would take them\n`,
    );
  }
  const known = sorted.findIndex(({ id }) => String(id) === env.version_id);
  const found = known < 0 ? sorted.slice(-1) : sorted.slice(known).slice(-MOST);
  io.stdout(`${JSON.stringify(found.map(releaseVersion))}\n`);
  return 0;
}

const timeOf = ({ published_at, created_at }: Release): number => Date.parse(published_at ?? created_at);
