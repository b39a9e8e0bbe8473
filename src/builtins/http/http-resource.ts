/** The parameters of the resource type `http`. */
import { CodedError } from '../../lib/coded-error.ts';
import { type CommandEnv, type CommandIo, param } from '../builtin-command.ts';
import { readHeaders } from './header-params.ts';
import type { HttpAnswer } from './http-answer.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';
import { refusal } from './http-trouble.ts';

const WAYS = ['etag', 'last_modified', 'sha256'] as const;

export interface HttpResource {
  readonly url: string;
  readonly by: (typeof WAYS)[number] | undefined;
  readonly jsonPath: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly client: HttpClient;
  /** An answer 200, or 304 when `more` has a condition. Throws what the status means. */
  readonly get: (url: string, more?: Readonly<Record<string, string>>) => Promise<HttpAnswer>;
}

export const LOGIN_HINT =
  'The server wants a login: give the resource "token", or "username" and "password", or "headers". Is a secret empty, or has it expired?';

export function openHttpResource(env: CommandEnv, io: CommandIo): HttpResource {
  const url = param(env, 'url');
  if (url === undefined) throw new CodedError('parameter_missing', 'The http resource needs the parameter "url".');
  const wanted = param(env, 'version_by');
  const by = WAYS.find((way) => way === wanted);
  if (wanted !== undefined && by === undefined) {
    throw new CodedError('bad_parameter', `"version_by" is one of ${WAYS.join(', ')}, not ${JSON.stringify(wanted)}.`);
  }
  const headers = { ...loginHeaders(env), ...readHeaders(param(env, 'headers')) };
  const client = createHttpClient(io, { peer: 'the resource', authority: param(env, 'ca_cert') });
  return {
    url,
    by,
    jsonPath: param(env, 'json_path'),
    headers,
    client,
    async get(address, more = {}) {
      const answer = await client.send({ url: address, headers: { ...headers, ...more } });
      if (answer.status === 200 || (answer.status === 304 && Object.keys(more).length > 0)) return answer;
      const hints = { 401: LOGIN_HINT, 403: LOGIN_HINT };
      throw refusal(answer, 'Asking for it', await answer.text(64 * 1024), hints);
    },
  };
}

function loginHeaders(env: CommandEnv): Record<string, string> {
  const [token, username, password] = [param(env, 'token'), param(env, 'username'), param(env, 'password')];
  if (token !== undefined) return { authorization: `Bearer ${token.trim()}` };
  if (username === undefined && password === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64')}` };
}
