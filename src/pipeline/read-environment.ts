import type { Range } from '../hcl/position.ts';
import type { BlockReader } from './block-reader.ts';
import type { Loading } from './loading.ts';
import type { Names } from './names.ts';
import type { PlanValue } from './plan-value.ts';

/** `env = { NAME = value }`, or the same as a block. */
export function readEnvironment(reader: BlockReader, names: Names, loading: Loading): Record<string, PlanValue> {
  const env: Record<string, PlanValue> = {};
  const block = reader.block('env');
  if (block !== undefined && loading.labels(block) !== undefined) {
    const inner = loading.reader(block.body, `env of ${reader.owner}`);
    for (const item of inner.otherAttributes()) {
      checkName(item.name, item.nameRange, loading);
      env[item.name] = loading.expressions.planValue(item.expression, names).plan;
    }
    inner.finish();
    return env;
  }
  const attribute = reader.attribute('env');
  const entries = attribute && loading.expressions.planEntries(attribute, names);
  for (const [name, { plan, keyAt }] of entries ?? []) {
    checkName(name, keyAt, loading);
    env[name] = plan;
  }
  return env;
}

function checkName(name: string, subject: Range, loading: Loading): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    const detail = `"${name}" is no name of an environment variable: those have letters, digits and "_", and begin with no digit.`;
    loading.error('bad-name', 'Not a usable name', detail, { subject });
  } else if (name === 'WORKDIR' || name.startsWith('PIKOCI_')) {
    const detail = `pikoci sets ${name} itself, so what is set here is never seen. Choose another name.`;
    loading.warning('reserved-name', 'Name that pikoci sets', detail, { subject });
  }
}
