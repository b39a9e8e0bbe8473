import type { Json } from '../../lib/json.ts';
import type { CauseView } from '../../protocol/builds.ts';
import type { VersionFields, VersionMetadata } from '../../protocol/version.ts';

const text = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** A version in a few characters: a commit by its first seven, a digest by its first twelve, an instant (UTC) by its second, anything else by its values. */
export function versionLabel(fields: VersionFields): string {
  // What a build made is known by the build.
  if ('sha256' in fields && 'job' in fields && 'build' in fields)
    return `${text(fields.job ?? '')} #${text(fields.build ?? '')}`;
  const entries = Object.entries(fields);
  const values = entries.map(([, value]) => {
    const whole = text(value);
    if (/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(whole)) return whole.slice(0, 7);
    if (/^sha256:[0-9a-f]{64}$/.test(whole)) return whole.slice(0, 19);
    return INSTANT.test(whole) ? whole.slice(0, 19).replace('T', ' ') : whole;
  });
  const label = entries.length === 1 ? (values[0] ?? '') : entries.map(([key], i) => `${key} ${values[i]}`).join(', ');
  return label.length > 40 ? `${label.slice(0, 39)}…` : label;
}

/** All of it, for a tooltip. */
export const versionTitle = (fields: VersionFields): string =>
  Object.entries(fields)
    .map(([key, value]) => `${key}: ${text(value)}`)
    .join('\n');

const first = (metadata: VersionMetadata, keys: readonly string[]): string | undefined =>
  keys.map((key) => metadata[key]).find((value) => value !== undefined && value !== '');

/** What people know a version by: the first line of its message, who wrote it, where it can be looked at. */
export function versionStory(metadata: VersionMetadata): {
  message: string | undefined;
  author: string | undefined;
  url: string | undefined;
} {
  const url = first(metadata, ['url', 'commit_url', 'html_url', 'link']);
  return {
    message: first(metadata, ['message', 'commit_message', 'title', 'subject'])?.split('\n')[0],
    // The address behind the name would only be in the way.
    author: first(metadata, ['author', 'author_name', 'committer'])?.replace(/\s*<[^<>]*>$/, ''),
    url: url !== undefined && /^https?:\/\//.test(url) ? url : undefined,
  };
}

/** Why a build was made, in words. */
const because = ({ reason }: { reason?: string | undefined }): string => (reason === undefined ? '' : `: ${reason}`);

export function causeText(cause: CauseView): string {
  switch (cause.kind) {
    case 'version':
      return `new ${cause.resource} ${versionLabel(cause.version)}`;
    case 'passed':
      return `${cause.job} #${cause.number} passed`;
    case 'manual':
      return `started by ${cause.by}${because(cause)}`;
    case 'retry':
      return `retry of #${cause.ofNumber} by ${cause.by}${because(cause)}`;
  }
}

/** `@every 1m` as people say it; a cron expression stays what it is. */
export const scheduleText = (schedule: string): string => schedule.replace(/^@/, '');
