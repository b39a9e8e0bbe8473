/** What a job says besides its script: tags, timeout, groups. */
import { nameOf } from '../names.ts';
import type { JobPlace } from './job.ts';
import { expand, literalOf } from './values.ts';

/** Whether the job may fail, if it says so. */
export function readSettings(place: JobPlace): boolean | undefined {
  const { job, block, pipeline } = place;
  const { source } = job;
  const tags = source.textsOf('tags').map((tag) => expand(tag, place, true));
  block.set('tags', tags);
  if (tags.length > 0) {
    const given = source.entries.get('tags');
    if (given !== undefined)
      pipeline.conversion.differs(
        block,
        given,
        'the workers of GitLab are not these',
        'a worker needs that tag: pikoci worker --tags',
      );
  }
  const timeout = durationOf(source.entries.get('timeout')?.written);
  if (timeout !== undefined) block.set('timeout', timeout);
  if (timeout !== undefined) source.textOf('timeout');
  const group = source.textOf('resource_group');
  if (group !== undefined) block.set('serial_groups', [nameOf(literalOf(expand(group, place)) ?? group, 'group')]);
  if (source.flagOf('interruptible') === true) block.set('interruptible', true);
  const allowed = source.get('allow_failure');
  if (allowed?.kind !== 'map') return source.flagOf('allow_failure');
  allowed.isRead = true;
  return true;
}

/** `3h 30m`, `1 hour 30 minutes`, `90 min`. */
function durationOf(text: string | undefined): string | undefined {
  const parts = [...(text ?? '').matchAll(/(\d+)\s*(d|h|m|s)[a-z]*/gi)];
  const rest = (text ?? '').replaceAll(/(\d+)\s*(d|h|m|s)[a-z]*/gi, '').replaceAll(/[\s,]|and/g, '');
  if (parts.length === 0 || rest !== '') return undefined;
  return parts
    .map(([, number, unit]) =>
      unit?.toLowerCase() === 'd' ? `${Number(number) * 24}h` : `${number}${unit?.toLowerCase()}`,
    )
    .join('');
}
