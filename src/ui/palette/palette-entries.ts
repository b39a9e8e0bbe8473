import type { RouteLocationRaw } from 'vue-router';
import type { PipelineSummary } from '../../protocol/api.ts';
import { toJob, toPipeline } from '../addresses.ts';
import type { PaletteEntry } from './rank-entries.ts';

export type Entry = PaletteEntry &
  (
    | { readonly to: RouteLocationRaw }
    /** Of the server, and none of these pages. */
    | { readonly href: string }
    | { readonly run: () => Promise<void> }
  );

const PAGES: readonly Entry[] = [
  { id: 'page home', kind: 'page', title: 'All pipelines', about: 'home', to: '/' },
  { id: 'page workers', kind: 'page', title: 'Workers', about: 'slots, tokens, draining', to: '/workers' },
  { id: 'page docs', kind: 'page', title: 'Documentation', about: 'docs, help', href: '/docs' },
  { id: 'page api', kind: 'page', title: 'API', about: 'docs, openapi', href: '/api/docs' },
];

const OF_USERS: readonly Entry[] = [
  { id: 'page profile', kind: 'page', title: 'Profile', about: 'accounts, browsers, tokens', to: '/profile' },
];
const OF_ADMINISTRATORS: readonly Entry[] = [
  { id: 'page settings', kind: 'page', title: 'Signing in', about: 'providers, GitHub, OIDC', to: '/settings' },
];

export function paletteEntries(
  pipelines: readonly PipelineSummary[],
  actions: {
    /** Absent: who looks may not. */
    readonly trigger?: ((at: { team: string; pipeline: string }, job: string) => Promise<void>) | undefined;
    readonly changeTheme: () => Promise<void>;
  },
  /** Who looks. */
  who: { readonly signedIn: boolean; readonly admin: boolean } | undefined,
): readonly Entry[] {
  const { trigger } = actions;
  const ofPipelines = pipelines.flatMap((summary): Entry[] => {
    const at = { team: summary.team, pipeline: summary.name };
    const place = `${summary.team}${summary.status === null ? '' : `, ${summary.status}`}`;
    return [
      {
        id: `pipeline ${at.team}/${at.pipeline}`,
        kind: 'pipeline',
        title: at.pipeline,
        about: place,
        to: toPipeline(at),
      },
      ...summary.jobs.map(
        ({ name, status }): Entry => ({
          id: `job ${at.team}/${at.pipeline}/${name}`,
          kind: 'job',
          title: `${at.pipeline} / ${name}`,
          about: `${at.team}${status === null ? '' : `, ${status}`}`,
          to: toJob(at, name),
        }),
      ),
    ];
  });
  const triggers = trigger === undefined ? [] : pipelines.flatMap((summary) => triggersOf(summary, trigger));
  const theme: Entry = {
    id: 'theme',
    kind: 'action',
    title: 'Change theme',
    about: 'dark, light, system',
    run: actions.changeTheme,
  };
  const own = [...(who?.signedIn === true ? OF_USERS : []), ...(who?.admin === true ? OF_ADMINISTRATORS : [])];
  return [...PAGES, ...own, ...ofPipelines, ...triggers, theme];
}

function triggersOf(
  { team, name: pipeline, jobs }: PipelineSummary,
  trigger: (at: { team: string; pipeline: string }, job: string) => Promise<void>,
): Entry[] {
  return jobs.map(({ name }) => ({
    id: `trigger ${team}/${pipeline}/${name}`,
    kind: 'action',
    title: `Trigger ${pipeline} / ${name}`,
    about: team,
    run: () => trigger({ team, pipeline }, name),
  }));
}
