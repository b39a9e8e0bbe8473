/** A message in a channel of Discord, through its webhook. Nothing in it mentions anybody, and markup of others is shown as it is written. */
import { CodedError } from '../../lib/coded-error.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { createHttpClient } from '../http/http-client.ts';
import { refusal } from '../http/http-trouble.ts';
import { type BuildNews, COLOURS, cut, readNews, setting } from '../notifications/build-news.ts';

/** Lengths as Discord limits them. */
const TITLE = 256;
const DESCRIPTION = 4_096;
const FIELD = 1_024;

export async function discordNotify(env: CommandEnv, io: CommandIo): Promise<number> {
  const address = setting(env, 'url');
  if (address === undefined) {
    throw new CodedError('parameter_missing', 'The discord notification needs "url", the address of a webhook.', {
      hint: 'Make one in the settings of the channel, and keep it in a secret. Is the variable empty?',
    });
  }
  const [username, avatar] = [setting(env, 'username'), setting(env, 'avatar_url')];
  const url = URL.canParse(address) ? new URL(address) : address;
  if (url instanceof URL) {
    // Without it Discord answers before it has looked at the message.
    url.searchParams.set('wait', 'true');
    const thread = setting(env, 'thread_id');
    if (thread !== undefined) url.searchParams.set('thread_id', thread);
  }
  const client = createHttpClient(io, { peer: 'Discord', secretAddress: true });
  const answer = await client.send({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...(username !== undefined && { username: cut(username, 80) }),
      ...(avatar !== undefined && { avatar_url: avatar }),
      ...discordMessage(readNews(env)),
    }),
    retry: 'always',
    redirects: 0,
  });
  const said = await answer.text(1024 * 1024);
  if (!answer.ok) {
    const gone = 'Has the webhook been removed? Make a new one, and set "url" to it.';
    throw refusal(answer, 'Telling Discord', said, { 401: gone, 403: gone, 404: gone });
  }
  io.stderr('told Discord\n');
  return 0;
}

export function discordMessage(news: BuildNews): object {
  const field = (name: string, value: string | undefined) =>
    value === undefined ? [] : [{ name, value: cut(escapeMarkdown(value), FIELD), inline: true }];
  return {
    embeds: [
      {
        title: cut(escapeMarkdown(news.title), TITLE),
        ...(news.url !== '' && { url: news.url }),
        color: Number.parseInt(COLOURS[news.status], 16),
        ...(news.message !== undefined && { description: cut(escapeMarkdown(news.message), DESCRIPTION) }),
        fields: [...field('Duration', news.duration), ...field('Cause', news.cause)],
      },
    ],
    allowed_mentions: { parse: [] },
  };
}

/** A backslash before whatever Discord's Markdown gives a meaning, mentions (`<@1>`, `@everyone`) among them. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\*_~`|>#[\]()<@-]/g, '\\$&');
}
