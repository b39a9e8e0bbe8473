/** Finds the text behind a `source` attribute. What is wrong is reported at the attribute. */
import type { Range } from '../hcl/position.ts';
import { nearest } from '../lib/nearest.ts';
import { joinInside } from './bundle-path.ts';
import type { Loading } from './loading.ts';
import type { SourceKind } from './source.ts';

export interface ResolvedSource {
  /** What messages call it. */
  readonly file: string;
  readonly text: string;
  readonly builtin: boolean;
}

export interface SourceReference {
  readonly kind: SourceKind;
  readonly source: string;
  readonly sha256: string | undefined;
  readonly at: Range;
  readonly sha256At: Range | undefined;
}

export async function resolveSource(wanted: SourceReference, loading: Loading): Promise<ResolvedSource | undefined> {
  const found = await find(wanted, loading);
  if (found === undefined) return undefined;
  loading.texts.set(found.file, found.text);
  if (wanted.sha256 === undefined) return found;
  const actual = await sha256(found.text);
  if (actual === plainSum(wanted.sha256)) return found;
  const detail = `The text of ${wanted.source} has the SHA-256 ${actual}, and the pipeline pins another. Read what changed, then write the new sum here.`;
  loading.error('sha256-mismatch', 'Source has changed', detail, { subject: wanted.sha256At ?? wanted.at });
  return undefined;
}

async function find(
  { kind, source, sha256: sum, at }: SourceReference,
  loading: Loading,
): Promise<ResolvedSource | undefined> {
  if (source.startsWith('pikoci://')) return findBuiltin(kind, source, at, loading);
  if (/^https?:\/\//.test(source))
    return fetchSource(source, sum === undefined ? undefined : plainSum(sum), at, loading);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(source)?.[1];
  if (scheme !== undefined) {
    const detail = `A source is pikoci://NAME, https://…, http://… or the path of a file; ${scheme}:// is none of these.`;
    loading.error('bad-source', 'Not a usable source', detail, {
      subject: at,
      suggestion: nearest(scheme, ['pikoci', 'https', 'http']),
    });
    return undefined;
  }
  const { files, main } = loading.request.bundle;
  const path = joinInside(main, source);
  const text = path !== undefined && Object.hasOwn(files, path) ? files[path] : undefined;
  if (path !== undefined && text !== undefined) return { file: path, text, builtin: false };
  const detail =
    path === undefined
      ? `"${source}" leads out of the pipeline's directory; only files beside the pipeline or below it can be read.`
      : `There is no file "${path}" beside the pipeline.`;
  const suggestion =
    path === undefined
      ? undefined
      : nearest(
          path,
          Object.keys(files).filter((file) => file !== main),
        );
  loading.error('source-not-found', 'No such source', detail, { subject: at, suggestion });
  return undefined;
}

function findBuiltin(kind: SourceKind, source: string, at: Range, loading: Loading): ResolvedSource | undefined {
  const name = source.slice('pikoci://'.length);
  const { builtins } = loading.request;
  const found = builtins.find(kind, name);
  if (found !== undefined) return { file: found.file, text: found.text, builtin: true };
  const names = builtins.names(kind);
  const suggestion = nearest(name, names);
  const all = suggestion === undefined ? ` Built in are: ${names.join(', ') || 'none'}.` : '';
  const detail = `No ${kind.replace('_', ' ')} called "${name}" comes with pikoci.${all}`;
  loading.error('unknown-builtin', 'No such built-in', detail, {
    subject: at,
    suggestion: suggestion === undefined ? undefined : `pikoci://${suggestion}`,
  });
  return undefined;
}

async function fetchSource(
  url: string,
  pinned: string | undefined,
  at: Range,
  loading: Loading,
): Promise<ResolvedSource | undefined> {
  const resolved = loading.request.resolved?.get(url) ?? loading.texts.get(url);
  if (resolved !== undefined) return { file: url, text: resolved, builtin: false };
  const fetched = await loading.request.sources.fetch(url, pinned);
  if (fetched.kind === 'text') return { file: url, text: fetched.text, builtin: false };
  const hint = fetched.hint === undefined ? '' : ` ${fetched.hint}`;
  loading.error(fetched.code.replaceAll('_', '-'), 'Source cannot be read', `${fetched.message}${hint}`, {
    subject: at,
  });
  return undefined;
}

/** People write it as tools print it: in capitals, or with the name of the algorithm before it. */
const plainSum = (written: string): string =>
  written
    .trim()
    .toLowerCase()
    .replace(/^sha256:/, '');

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
