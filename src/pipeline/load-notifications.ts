/** `notification` blocks: what a `notify` step starts from, and what follows every job by itself. */
import type { Block } from '../hcl/syntax.ts';
import { DYNAMIC } from '../hcl/type.ts';
import { nearest } from '../lib/nearest.ts';
import { placeOf } from './expressions.ts';
import { checkParams, plansOf, readMisplacedParams, readParams } from './instance-params.ts';
import type { LoadedNotification } from './job-reading.ts';
import { type Loading, labelRange } from './loading.ts';
import type { Job } from './model.ts';
import { type ModulePath, prefixOf } from './module-path.ts';
import type { Names } from './names.ts';
import { type AutomaticNotice, NOTIFY_MOMENTS, type NotifyMoment } from './plan.ts';
import type { SourcePlace } from './plan-value.ts';
import { ONE_ATTEMPT } from './step-meta.ts';
import type { TypeLibrary } from './type-library.ts';

/** A notification that follows jobs: when, and the jobs it is for. */
export interface AutomaticNotification extends LoadedNotification {
  readonly at: SourcePlace;
  readonly on: readonly NotifyMoment[];
  readonly jobs: readonly string[] | undefined;
  readonly exclude: readonly string[];
}

export function loadNotification(
  block: Block,
  names: Names,
  library: TypeLibrary,
  groups: ReadonlyMap<string, readonly string[]>,
  loading: Loading,
  path: ModulePath = [],
): AutomaticNotification | undefined {
  const [typeName, name] = loading.labels(block, 'type', 'name') ?? [];
  if (typeName === undefined || name === undefined) return undefined;
  loading.isName(name, 'notification', labelRange(block, 1));
  const type = library.notification(typeName, labelRange(block, 0));
  const reader = loading.reader(block.body, `notification "${typeName}" "${name}"`);
  const given = readParams(reader, names, loading);
  const messageAttribute = reader.attribute('message');
  const message = messageAttribute && loading.expressions.planValue(messageAttribute.expression, names).plan;
  const on = readMoments(reader.attribute('on'), names, loading);
  const jobs = reader.attribute('jobs');
  const exclude = reader.attribute('exclude');
  const expand = (attribute: typeof jobs): string[] =>
    (loading.expressions.texts(attribute, names) ?? []).flatMap((job) => {
      const found = groups.get(job);
      if (found !== undefined) return found;
      if (loading.isLost('job', job)) return [];
      const suggestion = nearest(job, groups.keys());
      const detail = `"${attribute?.name}" names the job "${job}", and there is none.`;
      loading.error('unknown-job', 'Unknown job', detail, { subject: attribute?.expression.range, suggestion });
      return [];
    });
  const misplaced = readMisplacedParams(reader, type, names, loading);
  for (const [key, value] of misplaced) if (!given.has(key)) given.set(key, value);
  const notification = {
    type: type?.type.name ?? typeName,
    name: `${prefixOf(path)}${name}`,
    params: { ...type?.defaults, ...plansOf(given) },
    message,
    at: placeOf(block.headerRange),
    on,
    // One of a module is about the module's jobs.
    jobs: jobs === undefined ? (path.length === 0 ? undefined : [...groups.values()].flat()) : expand(jobs),
    exclude: expand(exclude),
  };
  reader.finish();
  if (type === undefined) return undefined;
  const isUnread = reader.isMeant('params') || loading.isUnread(block.range);
  checkParams({ noun: 'notification type', name: typeName, at: block.headerRange, isUnread }, type, given, [], loading);
  return notification;
}

function readMoments(
  attribute: Parameters<Loading['expressions']['text']>[0],
  names: Names,
  loading: Loading,
): NotifyMoment[] {
  if (attribute === undefined) return [];
  const value = loading.expressions.constant(attribute.expression, '"on"', DYNAMIC, names);
  if (value === undefined) return [];
  const items = 'elements' in value ? value.elements : [value];
  const texts = items.map((item) => (item.kind === 'string' ? item.value : ''));
  const moments = texts.flatMap((text) => NOTIFY_MOMENTS.find((known) => known === text) ?? []);
  const wrong = texts.find((text) => !NOTIFY_MOMENTS.some((known) => known === text));
  if (wrong === undefined) return moments;
  const suggestion = nearest(wrong, NOTIFY_MOMENTS);
  const detail = `"on" is one or a list of: ${NOTIFY_MOMENTS.join(', ')}.`;
  loading.error('bad-moment', 'Not a moment to notify at', detail, { subject: attribute.expression.range, suggestion });
  return moments;
}

/** The job with the notifications that follow it. */
export function withNotifications(job: Job, notifications: readonly AutomaticNotification[]): Job {
  const notices = notifications
    .filter(({ jobs, exclude }) => (jobs === undefined || jobs.includes(job.name)) && !exclude.includes(job.name))
    .filter(({ on }) => on.length > 0)
    .map((notification, index) => noticeOf(notification, index + 1));
  return notices.length === 0 ? job : { ...job, notices };
}

function noticeOf({ name, at, type, params, message, on }: AutomaticNotification, number: number): AutomaticNotice {
  return {
    on: [...on],
    step: {
      kind: 'notify',
      id: `notification.${number}`,
      name,
      at,
      attempts: ONE_ATTEMPT,
      allowFailure: false,
      hooks: {},
      type,
      params,
      attributes: {},
      ...(message !== undefined && { message }),
    },
  };
}
