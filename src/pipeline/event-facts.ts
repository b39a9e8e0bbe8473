/** What a pipeline knows of the event on a forge that a build is of: `build.event.branch`, `BUILD_EVENT_BRANCH`. Texts, empty where there is nothing to say. */
export const EVENT_FACTS = [
  'kind',
  'repository',
  'ref',
  'branch',
  'tag',
  'commit',
  'message',
  'author',
  'pull_request',
  'title',
  'base',
  'base_commit',
  'fork',
] as const;
export type EventFact = (typeof EVENT_FACTS)[number];
