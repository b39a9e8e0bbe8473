/** What happened on a forge that a build is of: shown on its page, told to its commands by name (`BUILD_EVENT_…`), and to its text (`build.event.…`). */
import { z } from 'zod';
import type { EventFact } from '../pipeline/event-facts.ts';

export const buildEvent = z.object({
  kind: z.enum(['push', 'tag', 'pull_request', 'merge_group']),
  /** Our own id of the repository. */
  repository: z.string(),
  /** `owner/name`, as it was then. */
  name: z.string(),
  /** `refs/heads/main`, `refs/tags/v1`, `refs/pull/7/head`. */
  ref: z.string(),
  /** Of a pull request: its own. */
  branch: z.string().optional(),
  tag: z.string().optional(),
  /** That was pushed; of a pull request its head, also where the merge of it is built. */
  commit: z.string(),
  message: z.string().optional(),
  author: z.string().optional(),
  number: z.int().optional(),
  title: z.string().optional(),
  /** The branch that a pull request or a merge group goes into, and its commit. */
  base: z.string().optional(),
  baseCommit: z.string().optional(),
  /** What is built is the merge of `commit` into `baseCommit`. */
  merged: z.boolean().optional(),
  /** Of somebody who may not write to the repository. */
  fork: z.boolean().optional(),
  /** Its page on the forge. */
  url: z.string().optional(),
  /** What `Hermes.yaml` calls itself. */
  workflow: z.object({ name: z.string(), version: z.string() }).optional(),
});
export type BuildEvent = z.infer<typeof buildEvent>;

/** The facts by the names that pipelines know them by; a text that is empty where there is nothing to say. */
export function eventFacts(event: BuildEvent | undefined): Readonly<Record<EventFact, string>> {
  return {
    kind: event?.kind ?? '',
    repository: event?.name ?? '',
    ref: event?.ref ?? '',
    branch: event?.branch ?? '',
    tag: event?.tag ?? '',
    commit: event?.commit ?? '',
    message: event?.message ?? '',
    author: event?.author ?? '',
    pull_request: event?.number === undefined ? '' : String(event.number),
    title: event?.title ?? '',
    base: event?.base ?? '',
    base_commit: event?.baseCommit ?? '',
    fork: event?.fork === true ? 'true' : '',
  };
}
