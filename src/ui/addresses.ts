import type { RouteLocationRaw } from 'vue-router';

/** Names of what stands in router.ts; apart from it, because pages lead to pages. */
interface OfPipeline {
  readonly team: string;
  readonly pipeline: string;
}

export const toPipeline = ({ team, pipeline }: OfPipeline): RouteLocationRaw => ({
  name: 'pipeline',
  params: { team, pipeline },
});

export const toJob = ({ team, pipeline }: OfPipeline, job: string): RouteLocationRaw => ({
  name: 'job',
  params: { team, pipeline, job },
});

export const toBuild = ({ team, pipeline }: OfPipeline, job: string, number: number): RouteLocationRaw => ({
  name: 'build',
  params: { team, pipeline, job, number: String(number) },
});

export const toResource = ({ team, pipeline }: OfPipeline, address: string): RouteLocationRaw => ({
  name: 'resource',
  params: { team, pipeline, address },
});

export const toRepository = (repository: string): RouteLocationRaw => ({ name: 'repository', params: { repository } });

/** Where one signs in, and comes back from. */
export const toSignIn = (next: string): string => `/sign-in?next=${encodeURIComponent(next)}`;
