import type { Block } from '../hcl/syntax.ts';
import { isGlob } from '../lib/glob.ts';
import type { BlockReader } from './block-reader.ts';
import { placeOf } from './expressions.ts';
import { hashFilesFunction } from './hash-files.ts';
import type { JobReading } from './job-reading.ts';
import type { Loading } from './loading.ts';
import type { Names } from './names.ts';
import type { TaskCache } from './plan-step.ts';

/** `cache { key = "npm-${hashfiles("package-lock.json")}" paths = ["node_modules"] restore_keys = ["npm-"] }` of a task; there may be several. */
export function readCaches(task: BlockReader, job: JobReading): TaskCache[] {
  const names = withHashFiles(job.names);
  return task.blocks('cache').flatMap((block) => readCache(block, names, job.loading) ?? []);
}

function withHashFiles(names: Names): Names {
  const functions = new Map(names.scope.functions).set(
    'hashfiles',
    hashFilesFunction(() => undefined),
  );
  return { ...names, scope: { ...names.scope, functions } };
}

function readCache(block: Block, names: Names, loading: Loading): TaskCache | undefined {
  if (loading.labels(block) === undefined) return undefined;
  const { expressions } = loading;
  const reader = loading.reader(block.body, 'cache');
  const key = reader.attribute('key');
  const paths = reader.attribute('paths');
  const restoreKeys = reader.attribute('restore_keys');
  const keyPlan = key && expressions.planValue(key.expression, names);
  const texts = expressions.texts(paths, names) ?? [];
  const restorePlan = restoreKeys && expressions.planValue(restoreKeys.expression, names);
  reader.finish();
  for (const [name, attribute] of [
    ['key', key],
    ['paths', paths],
  ] as const) {
    if (attribute !== undefined || reader.isMeant(name)) continue;
    const detail = `A "cache" block needs "${name}": cache { key = "npm-\${hashfiles("package-lock.json")}" paths = ["node_modules"] }.`;
    loading.error('missing-attribute', 'Attribute missing', detail, { subject: block.headerRange });
  }
  for (const path of texts) {
    const clean = path.replace(/^!/, '');
    if (isGlob(clean) && !clean.startsWith('/') && !clean.startsWith('~') && !clean.split('/').includes('..')) continue;
    const detail = `${JSON.stringify(path)} is not a path or pattern in the build's directory: those are relative to $WORKDIR. A tool that keeps its things in the home directory can mostly be told another: env = { npm_config_cache = ".npm" }.`;
    loading.error('bad-pattern', 'Not a pattern of paths', detail, { subject: paths?.expression.range });
  }
  if (keyPlan?.plan.kind === 'deferred' && keyPlan.plan.sensitive && key !== undefined) {
    const detail = 'The key of a cache is stored and shown, so it must not be made from a secret or sensitive value.';
    loading.error('sensitive-not-allowed', 'Secret value', detail, { subject: key.expression.range });
  }
  if (keyPlan === undefined || texts.length === 0) return undefined;
  return {
    key: keyPlan.plan,
    paths: texts,
    ...(restorePlan !== undefined && { restoreKeys: restorePlan.plan }),
    at: placeOf(block.headerRange),
  };
}
