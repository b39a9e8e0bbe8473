/** What can be wrong with a provider, in words for whoever wants to sign in. */
import { CodedError, errorText } from '../../lib/coded-error.ts';

export function unreachable(label: string, cause: unknown): CodedError {
  return new CodedError('sign_in.unreachable', `${label} cannot be asked who you are: ${errorText(cause)}`, {
    hint: 'try again in a while; an administrator sees more with: pikoci providers check',
    cause,
  });
}

export function wrongClient(label: string, said: string): CodedError {
  return new CodedError(
    'sign_in.wrong_client',
    `${label} does not take the client id or secret of this server (${said})`,
    {
      hint: 'an administrator sets the right ones: pikoci providers add NAME --client-secret-file FILE',
    },
  );
}

export function badAnswer(label: string, what: string, cause?: unknown): CodedError {
  return new CodedError('sign_in.bad_answer', `what ${label} answered cannot be trusted: ${what}`, {
    hint: 'begin again; when it stays so, an administrator looks at its settings: pikoci providers check',
    ...(cause !== undefined && { cause }),
  });
}
