/**
 * The facts of a build as JSON to any address. With a `secret` the receiver can tell that they come from here, and whole: the header
 * `X-Pikoci-Signature-256: sha256=…` is the HMAC-SHA256 of the body, byte for byte; `id` and `sent_at` in the body tell a repetition.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { CodedError } from '../../lib/coded-error.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { readHeaders } from '../http/header-params.ts';
import { createHttpClient } from '../http/http-client.ts';
import { refusal } from '../http/http-trouble.ts';
import { type BuildNews, readNews, setting } from '../notifications/build-news.ts';

const METHODS = ['POST', 'PUT', 'PATCH'] as const;

export async function webhookNotify(env: CommandEnv, io: CommandIo): Promise<number> {
  const url = setting(env, 'url');
  if (url === undefined) {
    throw new CodedError('parameter_missing', 'The webhook notification needs "url": where to send it.', {
      hint: 'Is the variable empty?',
    });
  }
  const wanted = (setting(env, 'method') ?? 'POST').toUpperCase();
  const method = METHODS.find((known) => known === wanted);
  if (method === undefined) {
    throw new CodedError('bad_parameter', `"method" is one of ${METHODS.join(', ')}, not ${JSON.stringify(wanted)}.`);
  }
  const id = randomUUID();
  const own = setting(env, 'body');
  const body = own ?? `${JSON.stringify(webhookBody(readNews(env), id, new Date()))}\n`;
  const secret = setting(env, 'secret');
  const client = createHttpClient(io, {
    peer: 'the webhook',
    secretAddress: true,
    authority: setting(env, 'ca_cert'),
  });
  const answer = await client.send({
    url,
    method,
    headers: {
      'content-type': own === undefined ? 'application/json' : (setting(env, 'content_type') ?? 'application/json'),
      ...readHeaders(setting(env, 'headers')),
      'x-pikoci-event': 'build',
      'x-pikoci-delivery': id,
      ...(secret !== undefined && {
        'x-pikoci-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      }),
    },
    body,
    retry: 'always',
    redirects: 0,
  });
  if (!answer.ok) {
    const login = 'Does the receiver want a login? Give it with "headers", or the same "secret" as it has.';
    throw refusal(answer, 'Calling the webhook', await answer.text(64 * 1024), { 401: login, 403: login });
  }
  await answer.discard();
  io.stderr(`told ${answer.shown}\n`);
  return 0;
}

export function webhookBody(news: BuildNews, id: string, now: Date): object {
  const { status, change, message, title, job, pipeline, team, url, duration, cause } = news;
  return {
    id,
    sent_at: now.toISOString(),
    event: 'build',
    title,
    message: message ?? null,
    build: {
      id: news.id,
      number: Number(news.number),
      attempt: Number(news.attempt),
      job,
      pipeline,
      team,
      url,
      status,
      change: change ?? null,
      duration: duration ?? null,
      cause: cause ?? null,
    },
  };
}
