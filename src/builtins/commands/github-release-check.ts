/**
 * Prints the releases of a repository that are wanted, oldest first: by their versions, or with `order = "time"` by when they were published. By versions
 * all of them each time, for one of an older line may be new.
 */
import { CodedError } from '../../lib/coded-error.ts';
import { type CommandEnv, type CommandIo, param } from '../builtin-command.ts';
import { openReleases, type Release, releaseVersion, wantedReleases } from '../github/release-api.ts';
import { namePattern } from '../versions/name-pattern.ts';
import { sortByVersion } from '../versions/semantic-version.ts';

/** At most so many are told at once, the last ones in the order. */
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
  const found = order === 'semver' ? { ordered: true, versions: told(sorted) } : told(fromKnown(sorted, env));
  io.stdout(`${JSON.stringify(found)}\n`);
  return 0;
}

const told = (releases: readonly Release[]) => releases.slice(-MOST).map(releaseVersion);

function fromKnown(sorted: readonly Release[], env: CommandEnv): readonly Release[] {
  const known = sorted.findIndex(({ id }) => String(id) === env.version_id);
  return known < 0 ? sorted.slice(-1) : sorted.slice(known);
}

const timeOf = ({ published_at, created_at }: Release): number => Date.parse(published_at ?? created_at);
