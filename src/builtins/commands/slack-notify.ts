/**
 * A message in Slack: to an incoming webhook (`url`), or with a bot's token to a channel. Whatever the build or the author says is plain text:
 * it can neither mention anybody nor be markup.
 */
import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import type { HttpAnswer } from '../http/http-answer.ts';
import { createHttpClient } from '../http/http-client.ts';
import { refusal } from '../http/http-trouble.ts';
import { type BuildNews, COLOURS, cut, readNews, setting } from '../notifications/build-news.ts';

const API = 'https://slack.com/api';
/** The longest text of a block, as Slack has it. */
const LONGEST_TEXT = 3_000;

export async function slackNotify(env: CommandEnv, io: CommandIo): Promise<number> {
  const url = setting(env, 'url');
  const token = setting(env, 'token');
  const channel = setting(env, 'channel');
  if (url === undefined && token === undefined) {
    throw new CodedError(
      'parameter_missing',
      'The slack notification needs "url" (of an incoming webhook) or "token".',
      {
        hint: 'Make one at https://api.slack.com/apps, and keep it in a secret. Is the variable empty?',
      },
    );
  }
  if (url === undefined && channel === undefined) {
    throw new CodedError('parameter_missing', 'With "token" the slack notification needs "channel" too.');
  }
  const [username, icon] = [setting(env, 'username'), setting(env, 'icon_emoji')];
  const payload = {
    ...(channel !== undefined && { channel }),
    ...(username !== undefined && { username: cut(username, 80) }),
    ...(icon !== undefined && { icon_emoji: icon }),
    ...slackMessage(readNews(env)),
  };
  const client = createHttpClient(io, { peer: 'Slack', secretAddress: url !== undefined });
  const answer = await client.send({
    url: url ?? `${(setting(env, 'api_url') ?? API).replace(/\/+$/, '')}/chat.postMessage`,
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(url === undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(payload),
    retry: 'always',
    redirects: 0,
  });
  await (url === undefined ? expectOk(answer) : expectTaken(answer));
  io.stderr('told Slack\n');
  return 0;
}

export function slackMessage(news: BuildNews): object {
  const title =
    news.url === '' ? `*${escapeText(news.title)}*` : `*<${escapeText(news.url)}|${escapeLabel(news.title)}>*`;
  const facts = [news.duration && `after ${news.duration}`, news.cause && `because of ${news.cause}`].filter(Boolean);
  const plain = (text: string, most: number) => ({ type: 'plain_text', text: cut(text, most), emoji: false });
  const blocks = [
    // A link is worth nothing when its end is cut off.
    {
      type: 'section',
      text: {
        type: 'mrkdwn',
        text: title.length <= LONGEST_TEXT ? title : cut(escapeText(news.title), LONGEST_TEXT),
        verbatim: true,
      },
    },
    ...(news.message === undefined ? [] : [{ type: 'section', text: plain(news.message, LONGEST_TEXT) }]),
    ...(facts.length === 0 ? [] : [{ type: 'context', elements: [plain(facts.join(', '), 2_000)] }]),
  ];
  const fallback = [news.title, news.message].filter(Boolean).join(': ');
  return {
    text: cut(escapeText(fallback), LONGEST_TEXT),
    attachments: [{ color: `#${COLOURS[news.status]}`, blocks }],
  };
}

/** The three characters that have a meaning in Slack's texts. */
const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** In a link's label a bar or a new line would end it. */
const escapeLabel = (text: string): string => escapeText(text).replace(/[|\n\r*]/g, ' ');

async function expectTaken(answer: HttpAnswer): Promise<void> {
  const said = await answer.text(64 * 1024);
  if (answer.ok) return;
  const gone = 'Has the webhook been removed, or its channel archived? Make a new one, and set "url" to it.';
  throw refusal(answer, 'Telling Slack', said, { 401: gone, 403: gone, 404: gone, 410: gone });
}

const apiAnswer = z.object({ ok: z.boolean(), error: z.string().optional() });

/** Slack's API answers 200 to everything, and says in the body what it thinks. */
async function expectOk(answer: HttpAnswer): Promise<void> {
  if (!answer.ok) throw refusal(answer, 'Telling Slack', await answer.text(64 * 1024));
  const { ok, error = 'no reason' } = await answer.json(apiAnswer, 1024 * 1024);
  if (ok) return;
  throw new CodedError('slack_refused', `Slack did not take the message: ${error}.`, {
    hint: HINTS[error] ?? 'What the word means stands at https://docs.slack.dev/reference/methods/chat.postMessage',
  });
}

const HINTS: Readonly<Record<string, string>> = {
  channel_not_found: 'Look at the parameter "channel"; for a private channel invite the bot first.',
  not_in_channel: 'Invite the bot to the channel: /invite @bot.',
  is_archived: 'The channel of the parameter "channel" is archived.',
  invalid_auth: 'Look at the parameter "token".',
  not_authed: 'Look at the parameter "token".',
  token_revoked: 'The parameter "token" was revoked: make a new one.',
  account_inactive: 'The bot of the parameter "token" was removed.',
  missing_scope: 'The bot of the parameter "token" needs the scope chat:write.',
};
