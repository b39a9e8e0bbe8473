/**
 * The token of a worker: what it proves itself with, and what it knows its servers by. `pikoci worker-token` makes one.
 *
 * It is `pkw_` and base64url of JSON. To a server only `jwt` is ever shown; the seed stays in the worker.
 */
import { z } from 'zod';
import { CodedError } from '../lib/coded-error.ts';

export const WORKER_TOKEN_PREFIX = 'pkw_';

const workerCredentials = z.object({
  version: z.literal(1),
  /** Signed by the servers: whose token it is, of which team, until when, and the public key of `seed`. */
  jwt: z.string().min(1),
  /** Ed25519 private key (base64, raw 32 bytes) that the worker signs with. */
  seed: z.string().length(44),
  /** Ed25519 public key (base64) of the servers: what they say is signed with it. */
  serverKey: z.string().length(44),
  /** X25519 public key (base64) of the servers: a worker's first words are sealed to it. */
  serverSealKey: z.string().length(44),
});
export type WorkerCredentials = z.infer<typeof workerCredentials>;

export function workerTokenText(credentials: WorkerCredentials): string {
  return WORKER_TOKEN_PREFIX + Buffer.from(JSON.stringify(credentials)).toString('base64url');
}

/** Throws `token.malformed`; its message says nothing of the token. */
export function readWorkerToken(token: string): WorkerCredentials {
  const malformed = (why: string): CodedError =>
    new CodedError('token.malformed', `the worker token cannot be read: ${why}`, {
      hint: 'give it whole, as pikoci worker-token printed it',
    });
  if (!token.startsWith(WORKER_TOKEN_PREFIX)) throw malformed(`it does not begin with ${WORKER_TOKEN_PREFIX}`);
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(token.slice(WORKER_TOKEN_PREFIX.length), 'base64url').toString('utf8'));
  } catch {
    throw malformed('it is cut off or changed');
  }
  const parsed = workerCredentials.safeParse(json);
  if (parsed.success) return parsed.data;
  throw malformed('it is not of a form that this version knows');
}

/** What a worker shows a server over HTTP: the JWT, and which of the processes that share the token it is. */
export const workerBearer = ({ jwt }: WorkerCredentials, worker: string): string => `${jwt}~${worker}`;

export function readWorkerBearer(bearer: string): { readonly jwt: string; readonly worker: string } | undefined {
  const [, jwt, worker] = /^([\w.-]{1,4096})~([\w-]{1,64})$/.exec(bearer) ?? [];
  return jwt === undefined || worker === undefined ? undefined : { jwt, worker };
}
