import { failure, type HclFunction } from '../hcl/function.ts';
import { textAt } from '../hcl/functions/arguments.ts';
import { STRING } from '../hcl/type.ts';
import { stringValue, UNKNOWN } from '../hcl/value.ts';
import { isGlob } from '../lib/glob.ts';

/** The digest of all files that these patterns match; undefined: not known (yet). */
export type HashFiles = (patterns: readonly string[]) => string | undefined;

const pattern = { name: 'pattern', type: STRING, doc: 'A path or a pattern in the directory of the build.' };

/** `hashfiles("**\/package-lock.json")`: for keys of caches. The files are those of the build, so only a worker knows what it gives. */
export function hashFilesFunction(hashFiles: HashFiles): HclFunction {
  return {
    kind: 'eager',
    name: 'hashfiles',
    group: 'files',
    doc: 'One SHA-256 over all files of the build that match the patterns; empty when none does.',
    examples: [],
    parameters: [pattern],
    rest: pattern,
    returns: STRING,
    call: (args) => {
      const patterns = args.map((_, at) => textAt(args, at));
      for (const [at, text] of patterns.entries()) {
        if (!isGlob(text)) return failure('A [ of the pattern has no ] to close it.', at);
        if (text.startsWith('/') || text.split('/').includes('..')) {
          return failure(`${JSON.stringify(text)} leads out of the directory of the build.`, at);
        }
      }
      const digest = hashFiles(patterns);
      return digest === undefined ? UNKNOWN : stringValue(digest);
    },
  };
}
