/** Signing in elsewhere: there, and back again. */
import { accessChoices } from '../../integrations/sign-in/addresses.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { UserId } from '../../lib/ids.ts';
import type { RepositoryAccess } from '../../protocol/sign-in.ts';
import type { UserRecord } from '../../store/identity-store.ts';
import type { Admission } from './admission.ts';
import type { Attempts, BegunAttempt } from './attempts.ts';
import type { KeptGrants } from './forge-grants.ts';
import type { Providers } from './providers.ts';

export interface SignIn {
  /** Where the browser is sent, and what it has to bring back in a cookie. */
  begin(request: {
    readonly provider: string;
    readonly access: RepositoryAccess | undefined;
    readonly next: string;
    readonly linkTo?: UserId | undefined;
    /** What the cookie has of an earlier one. */
    readonly browser: string | undefined;
  }): Promise<{ readonly url: URL; readonly browser: string }>;
  finish(back: {
    readonly provider: string;
    readonly query: URLSearchParams;
    readonly browser: string | undefined;
    /** Who is signed in in this browser. */
    readonly userId: UserId | undefined;
    readonly address: string;
  }): Promise<{
    readonly user: UserRecord;
    readonly next: string;
    readonly how: string;
    /** The user was signed in, and has one account more. */
    readonly linked: boolean;
  }>;
}

export interface SignInParts {
  readonly providers: Providers;
  readonly attempts: Attempts;
  readonly admission: Admission;
  readonly grants: KeptGrants;
  readonly externalUrl: () => string;
}

export const callbackUrl = (externalUrl: string, provider: string): string =>
  `${externalUrl}/auth/callback/${provider}`;

export function createSignIn({ providers, attempts, admission, grants, externalUrl }: SignInParts): SignIn {
  const attemptOf = ({ provider, state, nonce, verifier, access }: BegunAttempt) => ({
    ...{ state, nonce, verifier, access },
    redirectUri: callbackUrl(externalUrl(), provider),
  });
  return {
    async begin({ provider: name, access, next, linkTo, browser: before }) {
      const { provider, settings } = await providers.open(name);
      const choices = accessChoices(settings);
      const given = access !== undefined && choices.includes(access) ? access : (choices.at(-1) ?? 'none');
      const { attempt, browser } = await attempts.begin({ provider: name, access: given, next, linkTo }, before);
      return { url: await provider.start(attemptOf(attempt)), browser };
    },

    async finish({ provider: name, query, browser, userId, address }) {
      const attempt = await attempts.take(query.get('state') ?? '', browser);
      if (attempt.provider !== name) {
        throw new CodedError(
          'sign_in.state',
          `signing in was begun at ${attempt.provider}, and ${name} sent you back`,
          {
            hint: 'begin again',
          },
        );
      }
      const open = await providers.open(name);
      const { label, provider } = open;
      const error = query.get('error');
      if (error !== null) throw refused(label, error, query.get('error_description'));
      const account = await provider.finish(query, attemptOf(attempt));
      const how = `the ${name} account ${account.login}`;
      if (attempt.linkTo !== undefined && attempt.linkTo !== userId) {
        throw new CodedError('sign_in.state', 'you are not signed in any more as who began to link an account', {
          hint: 'sign in, and link it again on your profile page',
        });
      }
      const user =
        attempt.linkTo === undefined
          ? await admission.admit(open, account, address)
          : await admission.link(open, account, attempt.linkTo, address);
      if (account.grant !== undefined) await grants.keep(user.id, name, account.grant);
      else await grants.drop(user.id, name);
      return { user, next: attempt.next, how, linked: attempt.linkTo !== undefined };
    },
  };
}

function refused(label: string, error: string, description: string | null): CodedError {
  const said = `${error}${description ? `: ${description.slice(0, 300)}` : ''}`;
  if (error === 'access_denied') {
    return new CodedError('sign_in.refused', `you did not let ${label} tell who you are (${said})`, {
      hint: 'begin again and agree there, or sign in another way',
    });
  }
  return new CodedError('sign_in.bad_answer', `${label} refused to say who you are (${said})`, {
    hint: 'begin again; when it stays so, an administrator looks at its settings: pikoci providers check',
  });
}
