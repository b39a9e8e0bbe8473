/** Commands that end what keeps a job or a build waiting, and how names and versions are written in a sentence. */
import type { MarkView } from './choices.ts';
import type { ReasonView } from './reasons.ts';
import type { VersionFields } from './version.ts';

/** Where it is: a command names both. */
export interface Place {
  readonly team: string;
  readonly pipeline: string;
  /** Jobs that say `disable_manual_trigger`. */
  readonly notByHand?: ReadonlySet<string>;
}

export type Words = Omit<ReasonView, 'kind'>;

/** `jobs unpause test` becomes `pikoci jobs unpause test -p my-app`. */
export type Commands = (words: string, ...flags: readonly string[]) => string;

export function commandsOf({ team, pipeline }: Place): Commands {
  return (words, ...flags) => {
    // A pipeline is named by argument where the command is about pipelines.
    const named = words.startsWith('pipelines ') ? shellWord(pipeline) : `-p ${shellWord(pipeline)}`;
    return ['pikoci', words, named, ...flags, ...(team === 'main' ? [] : [`--team ${shellWord(team)}`])].join(' ');
  };
}

export const checkOf = (resource: string, command: Commands): Pick<Words, 'command' | 'action' | 'links'> => ({
  command: command(`resources check ${resource}`),
  action: { kind: 'check', resource },
  links: [{ resource }],
});

export const unpinOf = (resource: string, command: Commands): Pick<Words, 'command' | 'action' | 'links'> => ({
  command: command(`resources unpin ${resource}`),
  action: { kind: 'unpin', resource },
  links: [{ resource }],
});

export const triggerOf = (job: string, command: Commands): Pick<Words, 'command' | 'action'> => ({
  command: command(`jobs trigger ${job}`),
  action: { kind: 'trigger', job },
});

export const enableOf = (
  resource: string,
  version: VersionFields,
  command: Commands,
): Pick<Words, 'command' | 'action'> => ({
  command: command(`resources enable ${resource}`, flagsOf(version)),
  action: { kind: 'enable', resource, version },
});

export function byWhom(mark: MarkView | undefined): string {
  if (mark === undefined) return '';
  return ` by ${mark.by}${mark.reason === undefined ? '' : `: ${mark.reason}`}`;
}

const flagsOf = (version: VersionFields): string =>
  Object.entries(version)
    .map(([name, value]) => `--version ${shellWord(`${name}=${plain(value)}`)}`)
    .join(' ');

export const shortVersion = (version: VersionFields): string =>
  Object.entries(version)
    .map(([name, value]) => {
      const text = plain(value);
      return `${name}=${/^[0-9a-f]{20,}$/.test(text) ? text.slice(0, 12) : text}`;
    })
    .join(' ');

const plain = (value: VersionFields[string]): string => (typeof value === 'string' ? value : JSON.stringify(value));

const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

export function list(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

export function ordinal(place: number): string {
  const isTeen = place % 100 > 10 && place % 100 < 14;
  return `${place}${(isTeen ? undefined : ['th', 'st', 'nd', 'rd'][place % 10]) ?? 'th'}`;
}
