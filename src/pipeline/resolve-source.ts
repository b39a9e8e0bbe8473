/**
 * Finds the text behind a `source` attribute. What is wrong is reported at the attribute.
 *
 * 1. Where is it? A built-in, a file of the bundle, or an address on the web (of its own, or of the registry).
 * 2. What must it be? `sha256` and the lock file say so before anything is fetched; they must agree.
 * 3. It is read or fetched, and held against that.
 */
import { nearest } from '../lib/nearest.ts';
import { joinInside } from './bundle-path.ts';
import type { Loading } from './loading.ts';
import type { ResolvedSource, SourceReference } from './source.ts';
import { mayBeUsed, pinOf } from './source-pin.ts';

export async function resolveSource(wanted: SourceReference, loading: Loading): Promise<ResolvedSource | undefined> {
  const found = await find(wanted, loading);
  if (found === undefined) return undefined;
  loading.texts.set(found.file, found.text);
  return (await mayBeUsed(wanted, found, loading)) ? found : undefined;
}

async function find(wanted: SourceReference, loading: Loading): Promise<ResolvedSource | undefined> {
  const { source, at } = wanted;
  if (source.startsWith('pikoci://')) return findNamed(wanted, loading);
  if (/^https?:\/\//i.test(source)) return fetchSource(wanted, source, loading);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(source)?.[1];
  if (scheme !== undefined) {
    const detail = `A source is pikoci://NAME, https://…, http://… or the path of a file; ${scheme}:// is none of these.`;
    loading.error('bad-source', 'Not a usable source', detail, {
      subject: at,
      suggestion: nearest(scheme, ['pikoci', 'https', 'http']),
    });
    return undefined;
  }
  return findFile(wanted, loading);
}

function findFile({ source, at, from }: SourceReference, loading: Loading): ResolvedSource | undefined {
  const { files, main } = loading.request.bundle;
  if (from?.kind === 'address') {
    const detail = `${from.url} is not a file of the pipeline, so there are no files beside it; name the whole address.`;
    loading.error('source-not-found', 'No such source', detail, { subject: at });
    return undefined;
  }
  const path = joinInside(from?.path ?? main, source);
  const text = path !== undefined && Object.hasOwn(files, path) ? files[path] : undefined;
  if (path !== undefined && text !== undefined) return { file: path, text, builtin: false };
  const detail =
    path === undefined
      ? `"${source}" leads out of the pipeline's directory; only files beside the pipeline or below it can be read.`
      : `There is no file "${path}" beside the pipeline; a link that leads out of its directory does not count.`;
  const others = Object.keys(files).filter((file) => file !== main);
  const suggestion = path === undefined ? undefined : nearest(path, others);
  loading.error('source-not-found', 'No such source', detail, { subject: at, suggestion });
  return undefined;
}

/** Of a name in the registry: it becomes a part of an address. */
const REGISTRY_NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/i;

/** `pikoci://NAME`: built in, or else in the registry, at KINDs/NAME.hcl as the built-ins lie in pikoci's own directory. */
async function findNamed(wanted: SourceReference, loading: Loading): Promise<ResolvedSource | undefined> {
  const { kind, source, at } = wanted;
  const name = source.slice('pikoci://'.length);
  const { builtins, registryUrl } = loading.request;
  const found = kind === 'module' ? undefined : builtins.find(kind, name);
  if (found !== undefined) return { file: found.file, text: found.text, builtin: true };
  const names = kind === 'module' ? [] : builtins.names(kind);
  const suggestion = nearest(name, names);
  const unknown = (where: string): undefined => {
    const all = suggestion === undefined ? ` Built in are: ${names.join(', ') || 'none'}.` : '';
    const detail = `No ${kind.replace('_', ' ')} called "${name}" comes with pikoci, and ${where}.${all}`;
    loading.error('unknown-builtin', 'No such built-in', detail, {
      subject: at,
      suggestion: suggestion === undefined ? undefined : `pikoci://${suggestion}`,
    });
    return undefined;
  };
  if (registryUrl === undefined) return unknown('no registry is named (--registry-url) where it could be looked for');
  if (!REGISTRY_NAME.test(name)) return unknown('a registry has no such names: letters, digits, "-", "_" and "."');
  const url = `${registryUrl.replace(/\/+$/, '')}/${kind}s/${name}.hcl`;
  const fetched = await fetchSource(wanted, url, loading, () => unknown(`the registry has nothing at ${url}`));
  return fetched && { ...fetched, name };
}

/** They are fetched for whoever sets a pipeline, so there is an end to it. */
const MOST_FETCHED = 100;

/** `notFound` says it when the address has nothing. */
async function fetchSource(
  wanted: SourceReference,
  url: string,
  loading: Loading,
  notFound?: () => undefined,
): Promise<ResolvedSource | undefined> {
  const pin = pinOf(wanted, loading);
  if (pin === 'refused') return undefined;
  const resolved = loading.request.resolved?.get(url);
  if (resolved !== undefined) return { file: url, text: resolved, builtin: false };
  const { fetched: asked, request } = loading;
  // Two that pin it to different texts may both be kept.
  const question = `${url} ${pin ?? ''}`;
  if (!asked.has(question) && asked.size >= MOST_FETCHED) {
    const detail = `A pipeline may name ${MOST_FETCHED} addresses on the web; put files beside the pipeline instead.`;
    loading.error('too-many-sources', 'Too many sources', detail, { subject: wanted.at });
    return undefined;
  }
  const answer = asked.get(question) ?? request.sources.fetch(url, pin);
  asked.set(question, answer);
  const fetched = await answer;
  if (fetched.kind === 'text') return { file: url, text: fetched.text, builtin: false };
  if (fetched.code === 'source_not_found' && notFound !== undefined) return notFound();
  const hint = fetched.hint === undefined ? '' : ` ${fetched.hint}`;
  loading.error(fetched.code.replaceAll('_', '-'), 'Source cannot be read', `${fetched.message}${hint}`, {
    subject: wanted.at,
  });
  return undefined;
}
