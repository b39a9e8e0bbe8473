/**
 * Who gets the next slot, in a few lines:
 *
 *     a; b concurrency 1 groups x,y priority 5 tags gpu retries 0        the jobs of a pipeline
 *     queue a a b            builds, one after the other
 *     ask -> a#1             a worker without tags asks and gets this; `ask gpu,linux -> nothing`; `only:` before them is an exclusive one
 *     end a#1 | fail a#1 | error a#1 | lose a#1 | cancel a#1
 *     pause a | unpause a | pause pipeline | unpause pipeline
 *     wait 1s                time goes by; `back 1h`: the clock is set back
 */
export interface GrantCase {
  readonly name: string;
  readonly jobs: string;
  readonly script: string;
}

export const grantCases: readonly GrantCase[] = [
  { name: 'nothing waits', jobs: 'a', script: 'ask -> nothing' },
  { name: 'first come, first served', jobs: 'a; b', script: 'queue b a; ask -> b#1; ask -> a#1; ask -> nothing' },
  {
    name: 'a job without a limit runs as often as it likes',
    jobs: 'a',
    script: 'queue a a a; ask -> a#1; ask -> a#2; ask -> a#3',
  },
  {
    name: 'the builds of a job in their order',
    jobs: 'a concurrency 1',
    script: 'queue a a; ask -> a#1; end a#1; ask -> a#2',
  },
  {
    name: 'concurrency holds the next one back',
    jobs: 'a concurrency 1',
    script: 'queue a a; ask -> a#1; ask -> nothing; end a#1; ask -> a#2',
  },
  {
    name: 'concurrency of two',
    jobs: 'a concurrency 2',
    script: 'queue a a a; ask -> a#1; ask -> a#2; ask -> nothing; end a#2; ask -> a#3',
  },
  {
    name: 'a build that failed frees its slot',
    jobs: 'a concurrency 1',
    script: 'queue a a; ask -> a#1; fail a#1; ask -> a#2',
  },
  {
    name: 'one that was cancelled while it waited never had one',
    jobs: 'a concurrency 1',
    script: 'queue a a a; ask -> a#1; cancel a#2; end a#1; ask -> a#3',
  },
  {
    name: 'one job’s limit is nothing to another',
    jobs: 'a concurrency 1; b',
    script: 'queue a a b; ask -> a#1; ask -> b#1',
  },
  { name: 'the higher priority first', jobs: 'a; b priority 5', script: 'queue a b; ask -> b#1; ask -> a#1' },
  { name: 'a negative priority last', jobs: 'a priority -1; b', script: 'queue a b; ask -> b#1; ask -> a#1' },
  {
    name: 'of equal priority the older',
    jobs: 'a priority 5; b priority 5',
    script: 'queue b a; ask -> b#1; ask -> a#1',
  },
  {
    name: 'priority does not stop what runs',
    jobs: 'a concurrency 1; b priority 5',
    script: 'queue a; ask -> a#1; queue b a; ask -> b#1; ask -> nothing',
  },
  {
    name: 'one of high priority that has no slot keeps nobody back',
    jobs: 'a priority 5 concurrency 1; b',
    script: 'queue a a b; ask -> a#1; ask -> b#1',
  },
  {
    name: 'a serial group: one at a time',
    jobs: 'a groups x; b groups x',
    script: 'queue a b; ask -> a#1; ask -> nothing; end a#1; ask -> b#1',
  },
  {
    name: 'a serial group counts the builds of one job, too',
    jobs: 'a groups x',
    script: 'queue a a; ask -> a#1; ask -> nothing; fail a#1; ask -> a#2',
  },
  {
    name: 'in a serial group the higher priority is next',
    jobs: 'a groups x; b groups x; c groups x priority 5',
    script: 'queue a b c; ask -> c#1; end c#1; ask -> a#1; end a#1; ask -> b#1',
  },
  { name: 'two groups that share no job', jobs: 'a groups x; b groups y', script: 'queue a b; ask -> a#1; ask -> b#1' },
  {
    name: 'a job of two groups waits for both',
    jobs: 'a groups x; b groups x,y',
    script: 'queue a b; ask -> a#1; ask -> nothing; end a#1; ask -> b#1',
  },
  {
    name: 'a job of two groups is not passed by for ever',
    jobs: 'a groups x; b groups x,y; c groups y',
    // c could take y at once, and a x again when c ends, and so on: b is older and has its turn.
    script:
      'queue a; ask -> a#1; queue b c a; ask -> nothing; end a#1; ask -> b#1; ask -> nothing; end b#1; ask -> c#1; ask -> a#2',
  },
  {
    name: 'a job of two groups that is younger waits for its turn',
    jobs: 'a groups x; b groups x,y; c groups y',
    script: 'queue c a b; ask -> c#1; ask -> a#1; end c#1; ask -> nothing; end a#1; ask -> b#1',
  },
  {
    name: 'one that is paused keeps nobody of its group back',
    jobs: 'a groups x; b groups x,y; c groups y',
    script: 'queue a; ask -> a#1; queue b c; pause b; ask -> c#1',
  },
  {
    name: 'nor one whose job has no room',
    jobs: 'a groups x; b groups x,y concurrency 1; c groups y; d groups x',
    script: 'queue b; ask -> b#1; queue b c d; end b#1; ask -> b#2; ask -> nothing; end b#2; ask -> c#1; ask -> d#1',
  },
  {
    name: 'nor one that the worker could not do',
    jobs: 'a groups x; b groups x,y tags gpu; c groups y',
    script: 'queue a; ask -> a#1; queue b c; ask -> c#1',
  },
  {
    name: 'nor one whose next try is not yet due',
    jobs: 'a groups x; b groups y,z; c groups z',
    script: 'queue b; ask -> b#1; error b#1; queue c; ask -> nothing; wait 2s; ask -> b#1; end b#1; ask -> c#1',
  },
  { name: 'no tag fits every worker', jobs: 'a', script: 'queue a; ask gpu -> a#1' },
  {
    name: 'a tag keeps it for workers that have it',
    jobs: 'a tags gpu',
    script: 'queue a; ask -> nothing; ask linux -> nothing; ask linux,gpu -> a#1',
  },
  {
    name: 'all tags are needed',
    jobs: 'a tags gpu,linux',
    script: 'queue a; ask gpu -> nothing; ask linux -> nothing; ask gpu,linux -> a#1',
  },
  {
    name: 'a worker passes by what it cannot do',
    jobs: 'a tags gpu priority 9; b',
    script: 'queue a b; ask -> b#1; ask gpu -> a#1',
  },
  {
    name: 'an exclusive worker takes only what asks for one of its tags',
    jobs: 'a; b tags gpu priority -1',
    script: 'queue a b; ask only:gpu -> b#1; ask only:gpu -> nothing; ask gpu -> a#1',
  },
  {
    name: 'an exclusive worker of two tags takes what asks for one of them, and not what asks for a third',
    jobs: 'a tags gpu; b tags gpu,arm; c',
    script: 'queue c b a; ask only:gpu,linux -> a#1; ask only:gpu,linux -> nothing',
  },
  { name: 'an exclusive worker without tags takes nothing', jobs: 'a', script: 'queue a; ask only: -> nothing' },
  {
    name: 'what an exclusive worker passes by keeps nobody of its group back',
    jobs: 'a groups x; b groups x,y; c groups y tags gpu',
    script: 'queue a; ask -> a#1; queue b c; ask only:gpu -> c#1',
  },
  {
    name: 'tags are words, not beginnings of words',
    jobs: 'a tags gpu',
    script: 'queue a; ask gpu2 -> nothing; ask gp -> nothing; ask gpu -> a#1',
  },
  {
    name: 'a paused job',
    jobs: 'a; b',
    script: 'queue a b; pause a; ask -> b#1; ask -> nothing; unpause a; ask -> a#1',
  },
  {
    name: 'a paused pipeline',
    jobs: 'a; b',
    script: 'queue a b; pause pipeline; ask -> nothing; unpause pipeline; ask -> a#1',
  },
  {
    name: 'a pause lets run what runs',
    jobs: 'a concurrency 1',
    script: 'queue a a; ask -> a#1; pause a; end a#1; ask -> nothing; unpause a; ask -> a#2',
  },
  {
    name: 'one that errored has its slot until its next try',
    jobs: 'a concurrency 1',
    script: 'queue a a; ask -> a#1; error a#1; ask -> nothing; wait 2s; ask -> a#1',
  },
  {
    name: 'and gives it up when it is cancelled',
    jobs: 'a concurrency 1',
    script: 'queue a a; ask -> a#1; error a#1; cancel a#1; ask -> a#2',
  },
  {
    name: 'or has no try left',
    jobs: 'a concurrency 1 retries 0',
    script: 'queue a a; ask -> a#1; error a#1; ask -> a#2',
  },
  {
    name: 'one that has its slot needs no room',
    jobs: 'a concurrency 1 groups x',
    script: 'queue a; ask -> a#1; error a#1; wait 2s; ask -> a#1; end a#1; ask -> nothing',
  },
  {
    name: 'others of no group pass by one between two tries',
    jobs: 'a groups x; b',
    script: 'queue a b; ask -> a#1; error a#1; ask -> b#1',
  },
  {
    name: 'a build whose worker was lost has its slot until its next try',
    jobs: 'a groups x; b groups x',
    script: 'queue a b; ask -> a#1; lose a#1; ask -> nothing; wait 2s; ask -> a#1; end a#1; ask -> b#1',
  },
  {
    name: 'a clock that was set back does not put the next try off for hours',
    jobs: 'a',
    script: 'queue a; ask -> a#1; error a#1; back 5h; ask -> a#1',
  },
  {
    name: 'nor does it turn the queue round for longer than it must',
    jobs: 'a; b',
    script: 'queue a; back 1h; queue b; ask -> b#1; ask -> a#1',
  },
  {
    name: 'a priority above a job of two groups',
    jobs: 'a groups x; b groups x,y; c groups y priority 3',
    script: 'queue a; ask -> a#1; queue b c; ask -> c#1',
  },
];
