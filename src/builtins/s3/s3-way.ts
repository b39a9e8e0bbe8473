/** What in a bucket is watched: files whose names match, or one file and its versions. */
import { CodedError } from '../../lib/coded-error.ts';
import { type CommandEnv, param } from '../builtin-command.ts';
import { type NamePattern, regexPattern } from '../versions/name-pattern.ts';

export type S3Way =
  | { readonly kind: 'files'; readonly pattern: NamePattern; readonly directory: string; readonly source: string }
  | { readonly kind: 'file'; readonly key: string };

/** Throws `parameter_missing`, `bad_parameter`, `bad_pattern`. */
export async function readWay(env: CommandEnv): Promise<S3Way> {
  const [regexp, file] = [param(env, 'regexp'), param(env, 'versioned_file')];
  if ((regexp === undefined) === (file === undefined)) {
    const code = regexp === undefined ? 'parameter_missing' : 'bad_parameter';
    throw new CodedError(
      code,
      `The s3 resource needs one of "regexp" and "versioned_file"${regexp === undefined ? '' : ', and has both'}.`,
      {
        hint: 'regexp = "app/app-(.*).tgz" for files with the version in their names, versioned_file = "app.tgz" for one that is written again and again.',
      },
    );
  }
  if (file !== undefined) return { kind: 'file', key: file.replace(/^\/+/, '') };
  const source = (regexp ?? '').replace(/^\^?\/*/, '').replace(/\$$/, '');
  const pattern = await regexPattern(`^${source}$`, 'regexp');
  const slash = pattern.prefix.lastIndexOf('/');
  return { kind: 'files', pattern, directory: slash < 0 ? '' : pattern.prefix.slice(0, slash + 1), source };
}
