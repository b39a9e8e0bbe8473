/** Signing in elsewhere, put together. */
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Store } from '../../store/store.ts';
import { type AttemptLimit, createAttemptLimit } from '../auth/attempt-limit.ts';
import type { Audit } from '../auth/audit.ts';
import type { Authentication } from '../auth/authenticate.ts';
import type { Handlers } from '../http/call.ts';
import { createLoop, type Loop, type Timers } from '../loops/loop.ts';
import type { AtRest } from '../secrets/at-rest.ts';
import { createAdmission } from './admission.ts';
import { createAttempts } from './attempts.ts';
import { createForgeGrants, type KeptGrants } from './forge-grants.ts';
import { createLinks } from './links.ts';
import { createSignInPages, type SignInPages } from './pages.ts';
import { createProviders, type Providers } from './providers.ts';
import { signInRoutes } from './routes.ts';
import { createSignIn } from './sign-in.ts';
import { createTerminals, type Terminals } from './terminals.ts';

export interface SignInElsewhere {
  readonly providers: Providers;
  readonly grants: KeptGrants;
  readonly pages: SignInPages;
  readonly handlers: Handlers<keyof ReturnType<typeof signInRoutes> | keyof Terminals['handlers']>;
  /** Looks for what other servers set. */
  readonly loop: Loop;
}

export interface SignInElsewhereParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly atRest: AtRest;
  readonly audit: Audit;
  readonly authentication: Authentication;
  readonly limit: AttemptLimit;
  readonly onSignIn: (name: string, how: string, address: string) => Promise<void>;
  /** Of sessions. */
  readonly cookieName: string;
  readonly externalUrl: () => string;
  /** Of this server. */
  readonly instance: string;
  readonly providerTimeoutMs?: number | undefined;
}

const LOOK_EVERY_MS = 10_000;

export function openSignIn(parts: SignInElsewhereParts): SignInElsewhere {
  const { store, clock, timers, logger, externalUrl } = parts;
  const providers = createProviders({ ...parts, timeoutMs: parts.providerTimeoutMs });
  const grants = createForgeGrants({ ...parts, providers });
  const links = createLinks(store, clock);
  const terminals = createTerminals({ store, clock, externalUrl });
  const signIn = createSignIn({
    ...{ providers, grants, externalUrl },
    attempts: createAttempts(parts),
    admission: createAdmission(parts),
  });
  return {
    providers,
    grants,
    pages: createSignInPages({ ...parts, signIn, links, terminals, terminalLimit: createAttemptLimit(clock) }),
    handlers: { ...signInRoutes({ store, clock, providers, links, externalUrl }), ...terminals.handlers },
    loop: createLoop({
      ...{ name: 'providers of sign-in', pollMs: LOOK_EVERY_MS, timers, logger },
      async run() {
        await providers.refresh();
        return undefined;
      },
    }),
  };
}
