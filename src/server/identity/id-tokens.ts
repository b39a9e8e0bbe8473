/**
 * Tokens by which a build shows others who it is, so that a cloud or a Vault can trust it without a stored secret: signed, for one audience, and
 * over after ten minutes. What is said comes from the database, never from the worker that asks.
 */
import type { Clock } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';
import { seal } from '../../lib/system/seal.ts';
import { type IdTokenRequest, WELL_KNOWN } from '../../protocol/id-token.ts';
import type { Sender } from '../../queue/queue.ts';
import type { BuildStore } from '../../store/build-store.ts';
import type { BuildInput, BuildRecord } from '../../store/records.ts';
import { ofFork } from '../repository-builds/of-fork.ts';
import type { FindHeldBuild } from '../workers/held-build.ts';
import { ALGORITHM, type SigningKey } from './signing-key.ts';

export interface IdTokens {
  /** Sealed to the worker. Throws `build.not_held`. */
  handOut(request: IdTokenRequest, from: Sender): Promise<string>;
  /** `/.well-known/openid-configuration`. */
  configuration(): object;
  /** `/.well-known/jwks.json`. */
  keys(): Promise<object>;
}

const LIFETIME_S = 10 * 60;

export function createIdTokens(parts: {
  readonly store: Pick<BuildStore, 'inputsOf'>;
  readonly clock: Clock;
  readonly signingKey: () => Promise<SigningKey>;
  readonly findHeld: FindHeldBuild;
  readonly externalUrl: () => string;
}): IdTokens {
  const { store, clock, signingKey, findHeld, externalUrl } = parts;

  async function sign(build: BuildRecord, audience: string): Promise<string> {
    const { importJWK, SignJWT } = await import('jose');
    const key = await signingKey();
    const now = Math.floor(clock.now() / 1_000);
    const inputs = (await store.inputsOf([build.id])).get(build.id) ?? [];
    return await new SignJWT(claimsOf(build, inputs))
      .setProtectedHeader({ alg: ALGORITHM, kid: key.id, typ: 'JWT' })
      .setIssuer(externalUrl())
      .setSubject(subjectOf(build))
      .setAudience(audience)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + LIFETIME_S)
      .setJti(newId())
      .sign(await importJWK(key.privateKey, ALGORITHM));
  }

  return {
    async handOut(request, from) {
      const build = await findHeld(request, from);
      if (build.event?.fork === true) throw ofFork('no token that says who it is');
      return seal(request.sealKey, await sign(build, request.audience));
    },
    configuration: () => ({
      issuer: externalUrl(),
      jwks_uri: `${externalUrl()}${WELL_KNOWN.keys}`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [ALGORITHM],
      claims_supported: [...['sub', 'aud', 'exp', 'iat', 'nbf', 'iss', 'jti'], ...CLAIMS],
    }),
    keys: async () => ({ keys: [(await signingKey()).publicKey] }),
  };
}

const CLAIMS = ['team', 'pipeline', 'job', 'build', 'build_number', 'ref'] as const;

/** In the order from large to small, so that a pattern can leave the end open: `team:main:pipeline:app:*`. */
const subjectOf = ({ team, pipeline, job }: BuildRecord): string => `team:${team}:pipeline:${pipeline}:job:${job}`;

function claimsOf(
  { team, pipeline, job, id, number }: BuildRecord,
  inputs: readonly BuildInput[],
): Partial<Record<(typeof CLAIMS)[number], string>> {
  const ref = inputs.map(({ version }) => version.ref).find((found) => typeof found === 'string');
  return { team, pipeline, job, build: id, build_number: String(number), ...(typeof ref === 'string' && { ref }) };
}
