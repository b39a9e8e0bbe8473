/**
 * Sessions of browsers: a signed cookie (JWT, HS256, under a key derived from the server's secret), so that they survive a restart
 * and several servers agree on them. Ended ones are remembered until they would have expired; a restart forgets that, and the browser has
 * dropped its cookie anyway.
 */
import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock, Instant } from '../../lib/clock.ts';
import { deriveKey } from '../secrets/derive-key.ts';
import { type Principal, ROLES } from './principal.ts';
import { randomToken } from './token-hash.ts';

const VALID_MS = 30 * 24 * 3_600_000;

const claims = z.object({
  sub: z.string(),
  role: z.enum(ROLES),
  team: z.string().optional(),
  jti: z.string(),
  csrf: z.string(),
  exp: z.number(),
});

export interface Sessions {
  /** Differs between servers of different secrets: cookies do not know ports, and two servers on one machine must not log each other out. */
  readonly cookieName: string;
  readonly validMs: number;
  /** The cookie's value. */
  begin(principal: Principal): Promise<string>;
  read(cookie: string): Promise<Principal | undefined>;
  end(session: string): void;
}

export function createSessions(jwtSecret: Uint8Array, clock: Clock): Sessions {
  const key = deriveKey(jwtSecret, 'session cookies 1');
  const ended = new Map<string, Instant>();

  return {
    cookieName: `pikoci_${createHash('sha256').update(key).digest('hex').slice(0, 8)}`,
    validMs: VALID_MS,

    async begin(principal) {
      const { SignJWT } = await import('jose');
      return await new SignJWT({
        role: principal.role,
        csrf: randomToken(),
        ...(principal.team !== undefined && { team: principal.team }),
      })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(principal.name)
        .setJti(randomUUID())
        .setExpirationTime(new Date(clock.now() + VALID_MS))
        .sign(key);
    },

    async read(cookie) {
      const { errors, jwtVerify } = await import('jose');
      try {
        const verified = await jwtVerify(cookie, key, {
          algorithms: ['HS256'],
          requiredClaims: ['exp'],
          currentDate: new Date(clock.now()),
        });
        const { sub, role, team, jti, csrf } = claims.parse(verified.payload);
        return ended.has(jti) ? undefined : { name: sub, role, team, csrf, session: jti };
      } catch (error) {
        if (error instanceof errors.JOSEError || error instanceof z.ZodError) return undefined;
        throw error;
      }
    },

    end(session) {
      const now = clock.now();
      for (const [id, until] of ended) if (until <= now) ended.delete(id);
      ended.set(session, now + VALID_MS);
    },
  };
}
