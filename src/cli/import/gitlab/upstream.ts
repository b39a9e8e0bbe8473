/** Which jobs a job waits for: those it needs, else those of the stage before. */
import type { Block } from '../hcl-block.ts';
import type { Source } from '../source.ts';
import type { GitlabJob, Pipeline } from './gitlab.ts';
import { isForTags } from './rules.ts';
import type { ValuePlace } from './values.ts';

const isManual = ({ source }: GitlabJob): boolean =>
  source.entries.get('when')?.scalar === 'manual' ||
  (source.entries.get('rules')?.items ?? []).some((rule) => rule.entries.get('when')?.scalar === 'manual');
const mustPass = (job: GitlabJob): boolean =>
  !isManual(job) || job.source.entries.get('allow_failure')?.scalar === false;

/** Names of jobs here. */
export function upstreamOf(job: GitlabJob, { pipeline, onTags }: ValuePlace, block: Block): string[] {
  const needs = job.source.get('needs');
  const wanted = needs === undefined ? stageBefore(job, pipeline) : needed(needs, pipeline, block);
  const kept = wanted.filter((each) => isForTags(each.source) === onTags);
  if (kept.length < wanted.length) {
    const why = 'tags and branches are versions of two resources here';
    const lost = wanted.filter((each) => !kept.includes(each)).map(({ name }) => name);
    pipeline.conversion.differs(
      block,
      job.source,
      `${why}, so it does not wait for ${lost.join(', ')}`,
      'run in it what has to be run before',
    );
  }
  return kept.map(({ name }) => name);
}

/** Of the nearest stage before that has jobs which have to pass. */
function stageBefore(job: GitlabJob, { jobs, stages }: Pipeline): GitlabJob[] {
  for (let at = stages.indexOf(job.stage) - 1; at >= 0; at -= 1) {
    const found = jobs.filter(
      (each) => each.stage === stages[at] && mustPass(each) && isForTags(each.source) === isForTags(job.source),
    );
    if (found.length > 0) return found;
  }
  return [];
}

function needed(needs: Source, { jobs, conversion }: Pipeline, block: Block): GitlabJob[] {
  return needs.elements().flatMap((need) => {
    const name = need.kind === 'map' ? need.entries.get('job')?.scalar : need.scalar;
    const found = jobs.find(({ theirName }) => theirName === name);
    const isElsewhere = need.kind === 'map' && (need.has('project') || need.has('pipeline'));
    if (found === undefined || isElsewhere) {
      conversion.notConverted(
        block,
        need,
        isElsewhere ? 'it is of another pipeline' : 'there is no such job',
        isElsewhere ? 'a resource "trigger" watches a job of another pipeline' : undefined,
      );
      return [];
    }
    if (need.kind === 'map') {
      need.textOf('job');
      need.flagOf('artifacts');
      need.flagOf('optional');
      conversion.leftovers(block, need);
    } else need.text();
    return [found];
  });
}
