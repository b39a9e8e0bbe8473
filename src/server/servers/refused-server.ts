import { CodedError } from '../../lib/coded-error.ts';
import type { KeptServer, ServerKept } from '../../store/servers.ts';

/** Why a server cannot be there beside another: `server.not_alone`, `server.other_keys`. */
export function refusedServer(
  me: Pick<KeptServer, 'exclusive'>,
  { why, by, leftMs }: Extract<ServerKept, { kind: 'refused' }>,
): CodedError {
  const other = `a server on ${by.name}${by.address === '' ? '' : ` (${by.address})`}`;
  const wait = `if it is not there any more, its time is over in ${Math.ceil(leftMs / 1_000)} s`;
  switch (why) {
    case 'it_is_exclusive':
      return new CodedError('server.not_alone', `${other} uses this database and must be alone: ${by.exclusive}`, {
        hint: `start it with settings that can be shared; ${wait}`,
      });
    case 'we_are_exclusive':
      return new CodedError(
        'server.not_alone',
        `${other} uses this database, and this one must be alone: ${me.exclusive}`,
        {
          hint: `start this one with settings that can be shared; ${wait}`,
        },
      );
    case 'other_keys':
      return new CodedError('server.other_keys', `${other} uses this database with other secrets than this one`, {
        hint: `give all servers of a database the same --jwt-secret and --secret-key; ${wait}`,
      });
  }
}
