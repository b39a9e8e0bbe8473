import { assertNever } from '../../lib/assert-never.ts';
import { canonicalJson } from '../../lib/json.ts';
import type { BuildCause } from '../../store/records.ts';

/** Why a build runs, for those who read of it elsewhere. */
export function causeText(cause: BuildCause): string {
  switch (cause.kind) {
    case 'version':
      return `${cause.resource} ${canonicalJson(cause.version)}`;
    case 'passed':
      return `${cause.job} #${cause.number}`;
    case 'manual':
      return `${cause.by}, by hand`;
    case 'retry':
      return `${cause.by}, a retry of #${cause.ofNumber}`;
    default:
      return assertNever(cause);
  }
}
