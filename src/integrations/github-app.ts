/** A GitHub App: proves who it is by a short JWT, and gets a token for where it is installed. */
import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { CodedError } from '../lib/coded-error.ts';
import type { GuardedFetch } from '../lib/system/guarded-fetch.ts';

export interface GithubApp {
  /**
   * A token for this repository and no other of its installation, good for an hour; to `clone`, for nothing but to read what is in it.
   * `undefined`: the app is not installed there.
   */
  tokenForRepository(fullName: string, use: TokenUse): Promise<InstallationToken | undefined>;
  /** Throws when id and key do not belong together. */
  check(): Promise<string>;
}

/** `api`: whatever the app may do. */
export type TokenUse = 'api' | 'clone';

export interface InstallationToken {
  readonly token: string;
  readonly expiresAt: number;
}

export interface GithubAppParts {
  readonly label: string;
  readonly apiUrl: string;
  readonly id: string;
  /** PEM. */
  readonly privateKey: string;
  readonly fetch: GuardedFetch;
  readonly now: () => number;
}

/** GitHub takes ten minutes at most, by its own clock. */
const VALID_S = 9 * 60;
const BEFORE_S = 60;

const installation = z.object({ id: z.int() });
const token = z.object({ token: z.string().min(1), expires_at: z.string() });
const app = z.object({ slug: z.string().optional(), name: z.string() });

export function createGithubApp({ label, apiUrl, id, privateKey, fetch, now }: GithubAppParts): GithubApp {
  async function ask<Schema extends z.ZodType>(
    method: 'GET' | 'POST',
    path: string,
    schema: Schema,
    body?: object,
  ): Promise<z.output<Schema> | undefined> {
    const headers = {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${await ownToken()}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const response = await fetch(apiUrl + path, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (response.status === 404) return undefined;
    if (response.status === 401 || response.status === 403) {
      throw new CodedError('sign_in.wrong_client', `${label} does not take the key of the app ${id}`, {
        hint: "is it this app's key, and is the clock of this server right?",
      });
    }
    const parsed = schema.safeParse(response.ok ? await response.json().catch(() => undefined) : undefined);
    if (parsed.success) return parsed.data;
    throw new CodedError(
      'sign_in.bad_answer',
      `${apiUrl}${path} answered ${response.status} with what was not expected`,
    );
  }

  async function ownToken(): Promise<string> {
    const at = Math.floor(now() / 1_000);
    let key: ReturnType<typeof createPrivateKey>;
    try {
      key = createPrivateKey(privateKey);
    } catch (cause) {
      throw new CodedError('sign_in.wrong_client', `the private key of the app ${id} is not a key in PEM`, {
        hint: "give the file that the app's page gave: --app-private-key-file FILE",
        cause,
      });
    }
    const jwt = new SignJWT({}).setProtectedHeader({ alg: 'RS256' }).setIssuer(id);
    return jwt
      .setIssuedAt(at - BEFORE_S)
      .setExpirationTime(at + VALID_S)
      .sign(key);
  }

  return {
    async tokenForRepository(fullName, use) {
      const [owner = '', name = ''] = fullName.split('/');
      const path = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}/installation`;
      const found = await ask('GET', path, installation);
      if (found === undefined) return undefined;
      const given = await ask('POST', `/app/installations/${found.id}/access_tokens`, token, {
        repositories: [name],
        ...(use === 'clone' && { permissions: { contents: 'read' } }),
      });
      return given && { token: given.token, expiresAt: Date.parse(given.expires_at) };
    },
    async check() {
      const found = await ask('GET', '/app', app);
      if (found === undefined) {
        throw new CodedError('sign_in.wrong_client', `${label} knows no app ${id}`, {
          hint: 'look at the id of the app',
        });
      }
      return `the app ${found.name} is known by its key`;
    },
  };
}
