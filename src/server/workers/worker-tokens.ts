/**
 * Tokens of workers: made and judged with the server's secret alone, so that they can be made where no server runs, and every server of that secret
 * knows them. Several workers may share one; each is known by the token and by what it calls itself.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock, Instant } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';
import { sealKeyFrom } from '../../lib/system/seal.ts';
import { generateSigningKey, signingKeyFrom } from '../../lib/system/signing.ts';
import { readWorkerBearer, workerTokenText } from '../../protocol/worker-token.ts';
import type { Judgement, ServerIdentity } from '../../queue/broker/handshake.ts';
import type { Sender } from '../../queue/queue.ts';
import { deriveKey } from '../secrets/derive-key.ts';

const ALGORITHM = 'HS256';
const AUDIENCE = 'pikoci worker';

const claims = z.object({
  jti: z.string().min(1),
  exp: z.number(),
  /** Ed25519 public key of the token's seed. */
  key: z.string(),
  team: z.string().optional(),
  tags: z.array(z.string()).optional(),
});

export interface WorkerTokenLimits {
  readonly expiresAt: Instant;
  /** Absent: all teams. */
  readonly team?: string | undefined;
  /** Its workers may say that they have these, and no others. Absent: any. */
  readonly tags?: readonly string[] | undefined;
}

export interface WorkerTokens {
  /** What servers of this secret sign with and are spoken to with. */
  readonly identity: ServerIdentity;
  make(limits: WorkerTokenLimits): Promise<{ readonly token: string; readonly id: string }>;
  judge(jwt: string, worker: string): Promise<Judgement>;
  /** Of what a worker shows over HTTP. */
  senderOf(bearer: string): Promise<Sender | { readonly refused: string }>;
}

export const REVOKED = 'the worker token was revoked';
const FOREIGN = 'the worker token is not one of this server';

/** `isRevoked`: whether somebody has ended the token of this id. */
export function createWorkerTokens(
  jwtSecret: Uint8Array,
  clock: Clock,
  isRevoked: (token: string) => boolean = () => false,
): WorkerTokens {
  const key = deriveKey(jwtSecret, 'worker tokens 1');
  const identity: ServerIdentity = {
    signing: signingKeyFrom(deriveKey(jwtSecret, 'words of servers to workers 1')),
    sealing: sealKeyFrom(deriveKey(jwtSecret, 'words of workers to servers 1')),
  };

  async function judge(jwt: string, worker: string): Promise<Judgement> {
    const { errors, jwtVerify } = await import('jose');
    try {
      const verified = await jwtVerify(jwt, key, {
        algorithms: [ALGORITHM],
        audience: AUDIENCE,
        requiredClaims: ['exp', 'jti'],
        currentDate: new Date(clock.now()),
      });
      const { jti, exp, team, tags, key: publicKey } = claims.parse(verified.payload);
      if (isRevoked(jti)) return { refused: REVOKED };
      const from: Sender = {
        worker: workerIdOf(jti, worker),
        token: jti,
        expiresAt: exp * 1_000,
        ...(team !== undefined && { team }),
        ...(tags !== undefined && { tags }),
      };
      return { from, key: publicKey };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { refused: 'the worker token has expired' };
      if (error instanceof errors.JOSEError || error instanceof z.ZodError) {
        return { refused: FOREIGN };
      }
      throw error;
    }
  }

  return {
    identity,
    judge,
    async make({ expiresAt, team, tags }) {
      const { SignJWT } = await import('jose');
      const own = generateSigningKey();
      const id: string = newId();
      const jwt = await new SignJWT({
        key: own.publicKey,
        ...(team !== undefined && { team }),
        ...(tags !== undefined && { tags }),
      })
        .setProtectedHeader({ alg: ALGORITHM })
        .setAudience(AUDIENCE)
        .setJti(id)
        .setIssuedAt(new Date(clock.now()))
        .setExpirationTime(new Date(expiresAt))
        .sign(key);
      const token = workerTokenText({
        version: 1,
        jwt,
        seed: own.seed,
        serverKey: identity.signing.publicKey,
        serverSealKey: identity.sealing.publicKey,
      });
      return { token, id };
    },
    async senderOf(bearer) {
      const shown = readWorkerBearer(bearer);
      if (shown === undefined) return { refused: FOREIGN };
      const judged = await judge(shown.jwt, shown.worker);
      return 'from' in judged ? judged.from : judged;
    },
  };
}

/** A worker cannot call itself what another token's worker is called: the token is part of the name. A UUID of version 8 (RFC 9562). */
function workerIdOf(token: string, worker: string): string {
  const bytes = createHash('sha256').update(`${token}\0${worker}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
