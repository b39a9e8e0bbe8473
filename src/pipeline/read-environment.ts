import type { BlockReader } from './block-reader.ts';
import type { Loading } from './loading.ts';
import type { Names } from './names.ts';
import type { PlanValue } from './plan.ts';

/** `env = { NAME = value }`, or the same as a block. */
export function readEnvironment(reader: BlockReader, names: Names, loading: Loading): Record<string, PlanValue> {
  const env: Record<string, PlanValue> = {};
  const block = reader.block('env');
  if (block !== undefined && loading.labels(block) !== undefined) {
    const inner = loading.reader(block.body, `env of ${reader.owner}`);
    for (const item of inner.otherAttributes()) {
      env[item.name] = loading.expressions.planValue(item.expression, names).plan;
    }
    inner.finish();
    return env;
  }
  const attribute = reader.attribute('env');
  const entries = attribute && loading.expressions.planEntries(attribute, names);
  for (const [name, { plan }] of entries ?? []) {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) env[name] = plan;
    else {
      const detail = `"${name}" is no name of an environment variable: those have letters, digits and "_", and begin with no digit.`;
      loading.error('bad-name', 'Not a usable name', detail, { subject: attribute?.expression.range });
    }
  }
  return env;
}
