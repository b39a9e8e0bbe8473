import type { HclFunction } from '../hcl/function.ts';
import { fromBase64 } from '../hcl/functions/bytes.ts';
import type { FileContent, FileReader } from '../hcl/functions/files.ts';
import { standardFunctions } from '../hcl/functions/standard-functions.ts';
import { directoryInside, joinInside, type TextPlace } from './bundle-path.ts';
import type { SourceBundle } from './model.ts';

/** What expressions of a text may call when the pipeline is set; files are those of the bundle, named from where the text lies. */
export function pipelineFunctions(bundle: SourceBundle, place: TextPlace): ReadonlyMap<string, HclFunction> {
  return standardFunctions({ files: place.kind === 'file' ? bundleFiles(bundle, place.path) : noFiles(place.url) });
}

/** A text from the web was not written beside the files of this pipeline, and must not read them. */
function noFiles(url: string): FileReader {
  const message = `${url} is not a file of the pipeline, so there are no files beside it to read; hand over what it needs as an input.`;
  const problem = { kind: 'problem', message } as const;
  return { read: () => problem, list: () => problem };
}

let atRunTime: ReadonlyMap<string, HclFunction> | undefined;

/** What deferred expressions may call on a worker. No files: what they gave was put into the plan when the pipeline was set. */
export function runTimeFunctions(): ReadonlyMap<string, HclFunction> {
  atRunTime ??= standardFunctions();
  return atRunTime;
}

function bundleFiles({ files, binaries = {} }: SourceBundle, from: string): FileReader {
  const leadsOut = (path: string) => {
    const message = `${JSON.stringify(path)} leads out of the pipeline's directory; only files in it can be read.`;
    return { kind: 'problem', message } as const;
  };
  return {
    read: (path): FileContent => {
      const inside = joinInside(from, path);
      if (inside === undefined) return leadsOut(path);
      const text = Object.hasOwn(files, inside) ? files[inside] : undefined;
      if (text !== undefined) return { kind: 'content', bytes: new TextEncoder().encode(text) };
      const binary = Object.hasOwn(binaries, inside) ? binaries[inside] : undefined;
      const bytes = binary === undefined ? undefined : fromBase64(binary);
      if (bytes !== undefined) return { kind: 'content', bytes };
      const message =
        `There is no file ${JSON.stringify(path)} beside ${from}. Links that lead out of the pipeline's directory and files over 4 MiB do not ` +
        `count; a path that is computed must also be within a fileset("…", "…").`;
      return { kind: 'missing', message };
    },
    list: (directory) => {
      const base = directoryInside(from, directory);
      if (base === undefined) return leadsOut(directory);
      const prefix = base === '' ? '' : `${base}/`;
      return [...Object.keys(files), ...Object.keys(binaries)]
        .filter((file) => file.startsWith(prefix))
        .map((file) => file.slice(prefix.length));
    },
  };
}
