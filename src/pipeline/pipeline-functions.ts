import type { HclFunction } from '../hcl/function.ts';
import type { FileContent, FileReader } from '../hcl/functions/files.ts';
import { standardFunctions } from '../hcl/functions/standard-functions.ts';
import { directoryInside, joinInside } from './bundle-path.ts';
import type { SourceBundle } from './model.ts';

/** What expressions of a pipeline may call when it is set; files are those of the bundle. */
export function pipelineFunctions(bundle: SourceBundle): ReadonlyMap<string, HclFunction> {
  return standardFunctions({ files: bundleFiles(bundle) });
}

let atRunTime: ReadonlyMap<string, HclFunction> | undefined;

/** What deferred expressions may call on a worker. No files: what they gave was put into the plan when the pipeline was set. */
export function runTimeFunctions(): ReadonlyMap<string, HclFunction> {
  atRunTime ??= standardFunctions();
  return atRunTime;
}

function bundleFiles({ main, files }: SourceBundle): FileReader {
  return {
    read: (path): FileContent => {
      const inside = joinInside(main, path);
      if (inside === undefined) {
        const message = `${JSON.stringify(path)} leads out of the pipeline's directory; only files in it can be read.`;
        return { kind: 'problem', message };
      }
      const text = Object.hasOwn(files, inside) ? files[inside] : undefined;
      return text === undefined ? { kind: 'missing' } : { kind: 'content', bytes: new TextEncoder().encode(text) };
    },
    list: (directory) => {
      const base = directoryInside(main, directory);
      if (base === undefined) return [];
      const prefix = base === '' ? '' : `${base}/`;
      return Object.keys(files)
        .filter((file) => file.startsWith(prefix))
        .map((file) => file.slice(prefix.length));
    },
  };
}
