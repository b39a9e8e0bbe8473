/** Hands a worker what clones a private repository, for the one build that it runs of an event of it. */
import { CodedError } from '../../lib/coded-error.ts';
import { seal } from '../../lib/system/seal.ts';
import type { CloneTokenRequest } from '../../protocol/id-token.ts';
import type { Sender } from '../../queue/queue.ts';
import type { FindHeldBuild } from '../workers/held-build.ts';

export interface CloneTokens {
  /** Sealed to the worker. Throws `build.not_held`, `clone_token.none`. */
  handOut(request: CloneTokenRequest, from: Sender): Promise<string>;
}

export function createCloneTokens(parts: {
  readonly findHeld: FindHeldBuild;
  /** By our own id of the repository; undefined: there is none to be had. */
  readonly tokenFor: (repository: string, stranger: boolean) => Promise<string | undefined>;
}): CloneTokens {
  return {
    async handOut(request, from) {
      const { event, held } = await parts.findHeld(request, from);
      // One that is held is not granted; should it ever be, it gets nothing.
      const isForks = event?.fork === true;
      const token = event === undefined || held ? undefined : await parts.tokenFor(event.repository, isForks);
      if (token !== undefined) return seal(request.sealKey, token);
      throw new CodedError('clone_token.none', 'there is no token that clones the repository of this build', {
        hint: isForks
          ? 'a private repository is cloned for a fork by a GitHub App only, whose token reads that repository and nothing else: see docs/sign-in.md'
          : 'whoever activated the repository has to sign in with the forge again',
      });
    },
  };
}
