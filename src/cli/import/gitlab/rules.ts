/** `rules`, `only`, `except`, `when`: when a job runs, and whether somebody is asked. */
import type { Block } from '../hcl-block.ts';
import type { Source } from '../source.ts';
import { both, convertIf, either, matches, not, patternOf, type Truth } from './conditions.ts';
import type { ValuePlace } from './values.ts';

export interface WhenItRuns {
  /** Of its steps. `undefined`: always. */
  readonly condition: string | undefined;
  readonly isManual: boolean;
  readonly allowFailure: boolean;
}

const TAG = /\$\{?CI_COMMIT_TAG\b/;
const NOT_A_TAG = /\$\{?CI_COMMIT_TAG\}?\s*==\s*null|!\s*\$\{?CI_COMMIT_TAG\b/;

const rulesOf = (job: Source): readonly Source[] => job.entries.get('rules')?.items ?? [];
const ifOf = (rule: Source): string => String(rule.entries.get('if')?.scalar ?? '');
const isNever = (rule: Source): boolean => rule.entries.get('when')?.scalar === 'never';

/** Whether a job is for tags, and not for branches. */
export function isForTags(job: Source): boolean {
  const refs = refsOf(job.entries.get('only'));
  if (refs.length > 0) return refs.includes('tags') && !refs.some((ref) => ref === 'branches' || !KEYWORDS.has(ref));
  const rules = rulesOf(job).filter((rule) => !isNever(rule));
  if (rules.length === 0) return false;
  const tagged = rules.filter((rule) => TAG.test(ifOf(rule)) && !NOT_A_TAG.test(ifOf(rule)));
  return tagged.length > 0 && tagged.length === rules.length;
}

/** Which tags the jobs are about. `undefined`: no job is about tags. */
export function findTagPattern(jobs: readonly Source[]): string | undefined {
  const tagged = jobs.filter(isForTags);
  const patterns = tagged.map(
    (job) => /\$\{?CI_COMMIT_TAG\}?\s*=~\s*(\/(?:[^/\\]|\\.)*\/)/.exec(rulesOf(job).map(ifOf).join(' '))?.[1],
  );
  const [first] = patterns;
  if (tagged.length === 0) return undefined;
  return first !== undefined && patterns.every((pattern) => pattern === first) ? first : '**';
}

export function readWhen(job: Source, block: Block, place: ValuePlace): WhenItRuns {
  const when = job.textOf('when') ?? 'on_success';
  const rules = job.get('rules');
  const [truth, manual, allowed] =
    rules === undefined
      ? [readOnly(job, block, place), when === 'manual', when === 'manual']
      : readRules(rules, block, place);
  const source = job.entries.get('when');
  if (source !== undefined && ['always', 'on_failure', 'delayed', 'never'].includes(when)) {
    source.isRead = false;
    const { conversion } = place.pipeline;
    conversion.notConverted(
      block,
      source,
      'a job begins when those before it have passed',
      'hooks of those jobs (on_failure, ensure) run whatever happened',
    );
  }
  const stopped = when === 'never' || when === 'on_failure';
  return {
    condition:
      stopped || truth === false ? 'false' : typeof truth === 'object' && 'hcl' in truth ? truth.hcl : undefined,
    isManual: manual,
    allowFailure: allowed,
  };
}

/** The first rule that fits says what happens; none that fits: the job is not there. */
function readRules(rules: Source, block: Block, place: ValuePlace): readonly [Truth, boolean, boolean] {
  const { conversion } = place.pipeline;
  let before: Truth = false;
  let runs: Truth = false;
  let manual = 0;
  let automatic = 0;
  let allowed = false;
  for (const rule of rules.elements()) {
    if (rule.kind !== 'map') continue;
    const source = rule.get('if');
    const here = source === undefined ? true : convertIf(source.text() ?? '', place);
    const when = rule.textOf('when') ?? 'on_success';
    const canNever = here === false && when !== 'never';
    if (typeof here === 'object' && 'why' in here) {
      conversion.lost(block, rule, `its condition is not converted: ${here.why}`, 'say it with if = … of the task');
      if (source !== undefined) source.isRead = true;
      continue;
    }
    if (canNever && source !== undefined) {
      const what = place.onTags ? 'tags' : 'commits of branches';
      conversion.lost(
        block,
        rule,
        `the job is about ${what}, of which it is never true`,
        'for merge requests set the pipeline again, with pr = true in params of the resource',
      );
      continue;
    }
    if (when === 'on_failure' || when === 'delayed') {
      rule.isRead = false;
      conversion.notConverted(
        block,
        rule,
        'a job begins when those before it have passed',
        'hooks of those jobs run after a failure',
      );
      continue;
    }
    if (when === 'manual') manual += 1;
    else if (when !== 'never') automatic += 1;
    allowed ||= rule.flagOf('allow_failure') === true;
    if (when !== 'never') runs = either(runs, both(here, not(before)));
    before = either(before, here);
  }
  if (manual > 0 && automatic > 0)
    conversion.differs(
      block,
      rules,
      'it is asked for every time',
      'make two jobs of it, one with approve and one without',
    );
  // What nothing is said about is not run.
  return [runs, manual > 0, allowed];
}

const KEYWORDS: ReadonlySet<string> = new Set([
  ...[
    'branches',
    'tags',
    'merge_requests',
    'external_pull_requests',
    'schedules',
    'pushes',
    'web',
    'api',
    'triggers',
    'pipelines',
  ],
  ...['chat', 'external', 'trigger'],
]);

function refsOf(source: Source | undefined): string[] {
  const refs = source?.kind === 'map' ? source.entries.get('refs') : source;
  return refs?.kind === 'list'
    ? refs.items.map(({ scalar }) => String(scalar))
    : refs?.kind === 'scalar'
      ? [String(refs.scalar)]
      : [];
}

function readOnly(job: Source, block: Block, place: ValuePlace): Truth {
  const [only, except] = [job.get('only'), job.get('except')];
  let truth: Truth = only === undefined || refsOf(only).length === 0 ? true : anyOf(only, block, place);
  if (except !== undefined && refsOf(except).length > 0) truth = both(truth, not(anyOf(except, block, place)));
  return truth;
}

function anyOf(source: Source, block: Block, place: ValuePlace): Truth {
  const { conversion } = place.pipeline;
  const refs = source.kind === 'map' ? source.get('refs') : source;
  const value = place.onTags ? 'get.tags.tag' : 'get.repo.branch';
  let truth: Truth = false;
  for (const ref of refs?.elements() ?? []) {
    const text = ref.text() ?? '';
    if (text === 'branches' || text === 'pushes') truth = either(truth, !place.onTags);
    else if (text === 'tags') truth = either(truth, place.onTags);
    else if (KEYWORDS.has(text)) {
      conversion.notConverted(
        block,
        ref,
        'a job is of a resource, and not of what set it off',
        'a resource with pr = true, a resource "cron"',
      );
    } else if (text.startsWith('/')) truth = either(truth, { hcl: matches(value, patternOf(text)) });
    else truth = either(truth, { hcl: `${value} == ${JSON.stringify(text).replaceAll(/([$%])\{/g, '$1$1{')}` });
  }
  return truth;
}
