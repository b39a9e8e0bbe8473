import type { JobInput } from './job-input.ts';

/** What a job asks for: a text that need not be given, unless `more` says otherwise. */
export const jobInput = (name: string, more: Partial<JobInput> = {}): JobInput => ({
  name,
  type: 'string',
  required: false,
  sensitive: false,
  ...more,
});
