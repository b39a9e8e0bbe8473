import type { Hold } from '../hold.ts';
import type { ChosenInput, Decision } from '../snapshot.ts';

/** A decision in one line, as the cases expect it. */
export function say(decision: Decision): string {
  switch (decision.kind) {
    case 'build':
    case 'update':
      return `${decision.kind} ${decision.job} ${sayInputs(decision.inputs)}, because of ${sayCause(decision.cause)}`;
    case 'withdraw':
      return `withdraw ${decision.buildId.replace('/', ' #')}`;
    case 'clear':
      return `clear ${decision.job}`;
    case 'supersede':
      return `supersede ${decision.buildId.replace('/', ' #')}`;
    case 'hold':
      return `hold ${decision.job}: ${sayHold(decision.hold)}`;
  }
}

export const sayInputs = (inputs: readonly ChosenInput[]): string =>
  inputs.map((input) => input.versionId.replace('/', '=')).join(' ');

const sayCause = (cause: Extract<Decision, { kind: 'build' }>['cause']): string =>
  cause.kind === 'version' ? `${cause.resource} ${cause.version.ref}` : `${cause.job} #${cause.number}`;

export function sayHold(hold: Hold): string {
  switch (hold.kind) {
    case 'paused':
      return `paused ${hold.what}`;
    case 'upstream':
      return `upstream ${hold.resource} ${hold.waitsFor.join(',')}`;
    case 'not_together':
      return `not_together ${hold.resources.join(',')} ${hold.waitsFor.join(',')}`;
    case 'pin_disabled':
      return `pin_disabled ${hold.versionId.replace('/', ' ')}`;
    default:
      return `${hold.kind} ${hold.resource}`;
  }
}
