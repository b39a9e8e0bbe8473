import { isIP } from 'node:net';
import type { ForgeAddress } from '../../integrations/forge.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { isPrivateAddress } from '../../lib/system/private-address.ts';

/** Throws `repository.no_external_url` where a forge cannot reach this server, as far as addresses tell. */
export function requireReachable(externalUrl: string, { name, apiUrl }: ForgeAddress): void {
  const own = hostOf(externalUrl);
  if (!isLocal(own) || isLocal(hostOf(apiUrl))) return;
  throw new CodedError(
    'repository.no_external_url',
    `${name} would send webhooks to ${externalUrl}, which only this machine or its network reaches`,
    { hint: 'start the server with --external-url and the address by which the internet reaches it' },
  );
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
}

function isLocal(host: string): boolean {
  return isIP(host) > 0 ? isPrivateAddress(host) : host === 'localhost' || host.endsWith('.localhost');
}
