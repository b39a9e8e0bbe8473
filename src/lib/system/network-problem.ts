import { errorText } from '../coded-error.ts';
import { errnoCode } from './errno.ts';
import { type FetchProblem, problem } from './fetch-answer.ts';

const OWN_AUTHORITY =
  'When it is signed by an authority of your own, name its certificate (a PEM file) in the environment variable NODE_EXTRA_CA_CERTS of whatever fetches it.';

/** Why nobody answered, in words, from what the system or the TLS library said. */
export function networkProblem(address: string, error: unknown): FetchProblem {
  const code = errnoCode(error) ?? '';
  const host = URL.canParse(address) ? new URL(address).host : address;
  if (code === 'ENOTFOUND') {
    return problem(
      'source_unreachable',
      `${address}: no host has that name (DNS).`,
      'Look at the spelling of the name.',
    );
  }
  if (code.startsWith('EAI_') || code.startsWith('DNS_') || code === 'ESERVFAIL') {
    const message = `${address}: the name could not be looked up (DNS says ${code}).`;
    return problem('source_unreachable', message, 'Look whether this machine has a network and a DNS server.');
  }
  if (code === 'ECONNREFUSED') {
    return problem(
      'source_unreachable',
      `${address}: nothing listens at ${host} (connection refused).`,
      'Look at the port, and whether the server runs.',
    );
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') {
    return problem(
      'source_untrusted',
      `${address}: ${host} does not speak TLS.`,
      'Perhaps the address begins with http:// and not https://.',
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return problem(
      'source_untrusted',
      `${address}: the server's certificate is for another name (TLS).`,
      'Name the host as its certificate does.',
    );
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const when = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet';
    return problem(
      'source_untrusted',
      `${address}: the server's certificate ${when} (TLS).`,
      "Renew it, and look at this machine's clock.",
    );
  }
  if (/CERT|SIGNED|ISSUER|SIGNATURE/.test(code)) {
    return problem(
      'source_untrusted',
      `${address}: the server's certificate is not trusted (TLS: ${errorText(error)}).`,
      OWN_AUTHORITY,
    );
  }
  if (/SSL|TLS/.test(code)) {
    return problem(
      'source_untrusted',
      `${address}: no safe connection to ${host} (TLS: ${errorText(error)}).`,
      'Look at the TLS settings of the server.',
    );
  }
  const message = `${address} cannot be reached: ${errorText(error).replace(/\.$/, '')}.`;
  return problem('source_unreachable', message, 'Look whether this machine has a network and the server runs.');
}
