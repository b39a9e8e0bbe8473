import type { Attribute, Block } from '../hcl/syntax.ts';
import { DYNAMIC, mapType } from '../hcl/type.ts';
import { toJson } from '../hcl/value-json.ts';
import type { Json } from '../lib/json.ts';
import { parseCheckInterval } from './check-interval.ts';
import { placeIn, placeOf } from './expressions.ts';
import { checkParams, plansOf, readMisplacedParams, readParams } from './instance-params.ts';
import { type Loading, labelRange } from './loading.ts';
import type { CheckSchedule, Resource } from './model.ts';
import type { Names } from './names.ts';
import type { TypeLibrary } from './type-library.ts';

/** `resource "type" "name" { … }`; `prefix` is that of the module it stands in. A resource with something wrong in it still exists, so that what refers to it is not wrong too. */
export async function loadResource(
  block: Block,
  names: Names,
  library: TypeLibrary,
  loading: Loading,
  prefix: string,
): Promise<Resource | undefined> {
  const [typeName, name] = loading.labels(block, 'type', 'name') ?? [];
  if (typeName === undefined || name === undefined) return undefined;
  loading.isName(name, 'resource', labelRange(block, 1));
  const { expressions } = loading;
  const type = library.resource(typeName, labelRange(block, 0));
  const typeInPlan = type?.type.name ?? typeName;
  const reader = loading.reader(block.body, `resource "${typeName}" "${name}"`);
  const given = readParams(reader, names, loading);
  const interval = reader.attribute('check_interval');
  const timezone = expressions.text(reader.attribute('timezone'), names) ?? 'UTC';
  const tags = expressions.tags(reader.attribute('tags'), names);
  const cache = expressions.flag(reader.attribute('cache'), names) ?? type?.type.cache ?? false;
  const pinned = pinnedVersion(reader.attribute('version'), names, loading);
  const misplaced = readMisplacedParams(reader, type, names, loading);
  for (const [key, value] of misplaced) if (!given.has(key)) given.set(key, value);
  reader.finish();
  const schedule = await readSchedule(interval, timezone, names, loading);
  if (type !== undefined) {
    const isUnread = reader.isMeant('params') || loading.isUnread(block.range);
    const what = { noun: 'resource type', name: typeName, at: block.headerRange, isUnread };
    checkParams(what, type, given, ['name'], loading);
  }
  return {
    address: `${typeInPlan}.${prefix}${name}`,
    type: typeInPlan,
    name: `${prefix}${name}`,
    ...(prefix !== '' && { directory: name }),
    params: { ...type?.defaults, ...plansOf(given) },
    cache,
    tags,
    ...(schedule !== undefined && { schedule }),
    ...(pinned !== undefined && { pinned }),
    at: placeOf(block.headerRange),
  };
}

async function readSchedule(
  attribute: Attribute | undefined,
  timezone: string,
  names: Names,
  loading: Loading,
): Promise<CheckSchedule | undefined> {
  const text = loading.expressions.text(attribute, names);
  if (attribute === undefined || text === undefined) return undefined;
  const parsed = await parseCheckInterval(text, timezone);
  if (parsed.kind === 'schedule') return parsed.schedule;
  const { detail, suggestion } = parsed;
  loading.error('bad-schedule', 'Not a schedule', detail, { ...placeIn(attribute.expression, names), suggestion });
  return undefined;
}

/** `version = { ref = "…" }`. */
export function pinnedVersion(
  attribute: Attribute | undefined,
  names: Names,
  loading: Loading,
): Record<string, Json> | undefined {
  if (attribute === undefined) return undefined;
  const value = loading.expressions.constant(attribute.expression, '"version"', mapType(DYNAMIC), names);
  if (value?.kind !== 'map' && value?.kind !== 'object') return undefined;
  if (value.entries.size === 0) {
    const detail = 'A pinned version has at least one field, such as { ref = "…" }.';
    loading.error('empty-version', 'Empty version', detail, { subject: attribute.expression.range });
    return undefined;
  }
  return Object.fromEntries([...value.entries].map(([key, item]) => [key, toJson(item)]));
}
