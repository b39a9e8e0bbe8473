/** Which commits of a branch make versions: those that touch certain paths, and do not ask to be left out. */
import { CodedError } from '../../lib/coded-error.ts';
import { type CommandEnv, param } from '../builtin-command.ts';
import { textList } from '../text-list.ts';

export interface CommitFilter {
  /** For `git log`, before the `--`. */
  readonly options: readonly string[];
  /** For `git log`, behind the `--`. */
  readonly paths: readonly string[];
}

export function commitFilter(env: CommandEnv): CommitFilter {
  const only = pathspecs(env, 'paths', 'glob');
  const not = pathspecs(env, 'ignore_paths', 'exclude,glob');
  const honoursSkips = !['false', '0'].includes(param(env, 'skip_ci') ?? '');
  return {
    options: honoursSkips
      ? ['--invert-grep', '--regexp-ignore-case', '--grep=\\[skip ci\\]', '--grep=\\[ci skip\\]']
      : [],
    paths: not.length > 0 && only.length === 0 ? [':(top)', ...not] : [...only, ...not],
  };
}

/** `src` is everything below it too, `*.md` only files of the top, `**` anything: as in `.gitignore` and CI systems. */
function pathspecs(env: CommandEnv, name: string, magic: string): string[] {
  return textList(param(env, name)).flatMap((given) => {
    const path = given.replace(/^\.?\/+/, '').replace(/\/+$/, '');
    if (path === '' || path.split('/').includes('..') || path.includes('\0')) {
      throw new CodedError(
        'bad_parameter',
        `"${name}" has ${JSON.stringify(given)}, which is no path in the repository.`,
        {
          hint: 'Write paths from the top of it: ["src", "docs/**/*.md"].',
        },
      );
    }
    return [`:(top,${magic})${path}`, ...(path.endsWith('**') ? [] : [`:(top,${magic})${path}/**`])];
  });
}
