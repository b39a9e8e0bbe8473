/** Addresses of resources: whoever calls one has the resource checked at once. What is sent along is not looked at. */
import { CodedError } from '../../lib/coded-error.ts';
import type { Store } from '../../store/store.ts';
import type { Access } from '../access.ts';
import type { AttemptLimit } from '../auth/attempt-limit.ts';
import { hashToken, randomToken } from '../auth/token-hash.ts';
import type { Handlers } from '../http/call.ts';
import { notFound } from '../http/problems.ts';
import { type CheckNowParts, checkNow } from './check-now.ts';

export interface ResourceWebhookParts extends Omit<CheckNowParts, 'store'> {
  readonly store: Store;
  readonly access: Access;
  readonly limit: AttemptLimit;
  readonly externalUrl: () => string;
}

export interface ResourceWebhooks {
  readonly handlers: Handlers<'getResourceWebhook' | 'makeResourceWebhook' | 'removeResourceWebhook'>;
  /** Throws `api.not_found`, `auth.rate_limited`. */
  receive(token: string, address: string): Promise<Response>;
}

export const RESOURCE_WEBHOOKS = '/webhooks/resources';

export function createResourceWebhooks(parts: ResourceWebhookParts): ResourceWebhooks {
  const { store, access, clock, limit } = parts;
  return {
    handlers: {
      async getResourceWebhook({ principal, params }) {
        const { resource } = await access.resource(principal, params);
        const found = await store.getResourceHook(resource.id);
        if (found === undefined) throw noWebhook(resource.address);
        const { createdBy, createdAt, lastUsedAt, uses } = found;
        return { createdBy, createdAt, uses, ...(lastUsedAt !== undefined && { lastUsedAt }) };
      },
      async makeResourceWebhook({ principal, params }) {
        const { resource } = await access.resource(principal, params);
        const token = randomToken();
        const now = clock.now();
        await store.setResourceHook({ resourceId: resource.id, hash: hashToken(token), by: principal.name, now });
        const url = `${parts.externalUrl()}${RESOURCE_WEBHOOKS}/${token}`;
        return { url, createdBy: principal.name, createdAt: now, uses: 0 };
      },
      async removeResourceWebhook({ principal, params }) {
        const { resource } = await access.resource(principal, params);
        if (!(await store.removeResourceHook(resource.id))) throw noWebhook(resource.address);
        return undefined;
      },
    },

    async receive(token, address) {
      const id = await store.useResourceHook(hashToken(token), clock.now());
      const resource = id && (await store.getResource(id));
      if (resource === undefined) {
        limit.check(address);
        limit.failed(address);
        throw notFound('resource at this address', 'pikoci resources webhook makes a new address');
      }
      try {
        await checkNow(parts, resource, 'webhook');
      } catch (error) {
        // Whoever calls is no user: what is wrong with the resource is for those who see it.
        if (!(error instanceof CodedError) || error.code !== 'resource.never_checked') throw error;
      }
      return Response.json({ accepted: true }, { status: 202, headers: { 'cache-control': 'no-store' } });
    },
  };
}

const noWebhook = (address: string): CodedError =>
  notFound(`webhook of ${address}`, `pikoci resources webhook ${address} -p PIPELINE makes one`);
