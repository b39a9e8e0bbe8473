import { z } from 'zod';
import type { GuardedFetch } from '../../lib/system/guarded-fetch.ts';
import { badAnswer, unreachable } from './trouble.ts';

/** Asks a forge's API for JSON of one shape, as whom the token is for. */
export type ForgeApi = <Schema extends z.ZodType>(path: string, schema: Schema) => Promise<z.output<Schema>>;

/** More pages of a list are not read: nobody is in so many groups. */
const MOST_PAGES = 20;
const PAGE = 100;

export function createForgeApi(parts: {
  readonly label: string;
  readonly apiUrl: string;
  readonly accept: string;
  readonly token: string;
  readonly fetch: GuardedFetch;
}): ForgeApi {
  const { label, apiUrl, accept, token } = parts;
  return async (path, schema) => {
    const headers = { accept, authorization: `Bearer ${token}` };
    const response = await parts.fetch(apiUrl + path, { headers }).catch((error: unknown) => {
      throw unreachable(label, error);
    });
    if (!response.ok) throw badAnswer(label, `${apiUrl}${path.replace(/\?.*/, '')} answered ${response.status}`);
    const parsed = schema.safeParse(await response.json().catch(() => undefined));
    if (parsed.success) return parsed.data;
    throw badAnswer(label, `${apiUrl}${path.replace(/\?.*/, '')}: ${z.prettifyError(parsed.error)}`);
  };
}

/** All of a list that comes in pages. */
export async function allPages<Schema extends z.ZodType>(
  api: ForgeApi,
  path: string,
  schema: Schema,
  sizeName: 'per_page' | 'limit' = 'per_page',
): Promise<z.output<Schema>[]> {
  const all: z.output<Schema>[] = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const found = await api(`${path}?${sizeName}=${PAGE}&page=${page}`, z.array(schema));
    all.push(...found);
    if (found.length < PAGE) break;
  }
  return all;
}
