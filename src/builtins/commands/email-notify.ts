/** A mail over SMTP. `tls`: `starttls` (as the server must offer it), `implicit`, or `none` for a server on the same machine. */
import { CodedError, errorText } from '../../lib/coded-error.ts';
import { errnoCode } from '../../lib/system/errno.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { type BuildNews, cut, readNews, setting } from '../notifications/build-news.ts';
import { textList } from '../text-list.ts';

const PORTS = { starttls: 587, implicit: 465, none: 25 } as const;
const TRIES = 3;
const TIMEOUT_MS = 30_000;
const LONGEST_SUBJECT = 200;

export async function emailNotify(env: CommandEnv, io: CommandIo): Promise<number> {
  const host = needed(env, 'host');
  const from = needed(env, 'from');
  const to = textList(needed(env, 'to'), ',');
  const tls = setting(env, 'tls') ?? 'starttls';
  if (tls !== 'starttls' && tls !== 'implicit' && tls !== 'none') {
    throw new CodedError('bad_parameter', `"tls" is starttls, implicit or none, not ${JSON.stringify(tls)}.`);
  }
  const port = Number(setting(env, 'port') ?? PORTS[tls]);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new CodedError(
      'bad_parameter',
      `"port" is a number from 1 to 65535, not ${JSON.stringify(setting(env, 'port'))}.`,
    );
  }
  const [user, pass] = [setting(env, 'username'), setting(env, 'password')];
  if ((user === undefined) !== (pass === undefined)) {
    throw new CodedError(
      'parameter_missing',
      `The email notification has "${user === undefined ? 'password' : 'username'}" but not "${user === undefined ? 'username' : 'password'}".`,
      {
        hint: 'Is the variable empty?',
      },
    );
  }
  const authority = setting(env, 'ca_cert');
  const { createTransport } = await import('nodemailer');
  const news = readNews(env);
  const transport = createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(user !== undefined && pass !== undefined && { auth: { user, pass } }),
    ...(authority !== undefined && { tls: { ca: authority } }),
  });
  const [cc, bcc, replyTo] = [setting(env, 'cc'), setting(env, 'bcc'), setting(env, 'reply_to')];
  const mail = {
    from,
    to,
    ...(cc !== undefined && { cc: textList(cc, ',') }),
    ...(bcc !== undefined && { bcc: textList(bcc, ',') }),
    ...(replyTo !== undefined && { replyTo }),
    subject: cut(oneLine(setting(env, 'subject') ?? `[${news.pipeline}] ${news.title}`), LONGEST_SUBJECT),
    text: mailText(news),
    // So that no holiday replies come back.
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
  const pause = io.pause ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  try {
    for (let tried = 1; ; tried += 1) {
      try {
        const sent = await transport.sendMail(mail);
        const refused = sent.rejected;
        io.stderr(`sent to ${sent.accepted.length} of ${sent.accepted.length + refused.length}\n`);
        if (refused.length > 0) io.stderr(`${host} does not take mail for ${refused.join(', ')}\n`);
        return 0;
      } catch (error) {
        if (tried === TRIES || !isPassing(error)) throw mailTrouble(error, `${host}:${port}`, tls);
        io.stderr(`${host}:${port}: ${errorText(error)}. Trying again in ${tried * 2} s.\n`);
        await pause(tried * 2_000);
      }
    }
  } finally {
    transport.close();
  }
}

function needed(env: CommandEnv, name: string): string {
  const value = setting(env, name);
  if (value !== undefined) return value;
  throw new CodedError('parameter_missing', `The email notification needs "${name}".`, {
    hint: 'Is the variable empty?',
  });
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

export function mailText(news: BuildNews): string {
  const facts: [string, string | undefined][] = [
    ['Pipeline', `${news.team}/${news.pipeline}`],
    ['Job', news.job],
    ['Build', news.number],
    ['Status', news.change === undefined ? news.status : `${news.status} (${news.change})`],
    ['Duration', news.duration],
    ['Cause', news.cause],
    ['Page', news.url || undefined],
  ];
  const lines = facts.flatMap(([name, value]) => (value ? [`${name}: `.padEnd(10) + oneLine(value)] : []));
  return [...(news.message === undefined ? [] : [news.message, '']), news.title, '', ...lines, ''].join('\n');
}

/** SMTP answers 4xx to what may work later (greylisting); so do broken connections. */
function isPassing(error: unknown): boolean {
  const status = responseCode(error);
  if (status !== undefined) return status >= 400 && status < 500 && errnoCode(error) !== 'EAUTH';
  return (
    ['ETIMEDOUT', 'ESOCKET', 'ECONNECTION', 'ECONNRESET', 'ECONNREFUSED', 'EDNS'].includes(errnoCode(error)) &&
    !isTls(error)
  );
}

const responseCode = (error: unknown): number | undefined =>
  error instanceof Error && 'responseCode' in error && typeof error.responseCode === 'number'
    ? error.responseCode
    : undefined;

const isTls = (error: unknown): boolean =>
  errnoCode(error) === 'ETLS' || /certificate|self.signed|SSL|TLS|wrong version/i.test(errorText(error));

function mailTrouble(error: unknown, server: string, tls: string): CodedError {
  const said = oneLine(errorText(error));
  const trouble = (code: string, hint: string) =>
    new CodedError(code, `The mail was not sent by ${server}: ${said}.`, { hint });
  if (errnoCode(error) === 'EAUTH') return trouble('smtp_login', 'Look at the parameters "username" and "password".');
  if (isTls(error)) {
    const other = tls === 'starttls' ? '"implicit" (port 465)' : '"starttls" (port 587)';
    return trouble('smtp_tls', `Does the server want tls = ${other}? An authority of your own goes into "ca_cert".`);
  }
  if (errnoCode(error) === 'EENVELOPE') return trouble('smtp_refused', 'Look at the parameters "from" and "to".');
  if (responseCode(error) !== undefined) return trouble('smtp_refused', 'What the server says is the reason.');
  return trouble('smtp_unreachable', 'Look at the parameters "host" and "port": is it reachable from the worker?');
}
