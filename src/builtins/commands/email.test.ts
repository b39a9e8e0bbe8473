import { beforeAll, describe, expect, test } from 'bun:test';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { commandFailure, runCommand } from '../command-run.fixture.ts';
import { makeCertificate, type TestCertificate } from '../test-certificate.fixture.ts';
import { emailNotify } from './email-notify.ts';

const env = {
  BUILD_NUMBER: '12',
  BUILD_JOB_NAME: 'test',
  BUILD_PIPELINE_NAME: 'shop',
  BUILD_TEAM_NAME: 'main',
  BUILD_URL: 'http://ci.example.org/12',
  BUILD_STATUS: 'failed',
  param_host: 'localhost',
  param_from: 'pikoci <ci@example.org>',
  param_to: '["ada@example.org","bob@example.org"]',
};

interface Mailbox extends AsyncDisposable {
  readonly port: string;
  readonly mails: {
    readonly to: readonly string[];
    readonly text: string;
    readonly secure: boolean;
    readonly user: unknown;
  }[];
}

async function startMailbox(options: SMTPServerOptions): Promise<Mailbox> {
  const mails: Mailbox['mails'] = [];
  const server = new SMTPServer({
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        mails.push({ to, text: Buffer.concat(chunks).toString('utf8'), secure: session.secure, user: session.user });
        done();
      });
    },
    ...options,
  });
  // A client that does not trust the certificate hangs up, which the server tells as an error.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    port: String((server.server.address() as AddressInfo).port),
    mails,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

let certificate: TestCertificate;
beforeAll(async () => {
  certificate = await makeCertificate();
});

const login: SMTPServerOptions = {
  onAuth: ({ username, password }, _, done) =>
    username === 'ci' && password === 'pass' ? done(null, { user: username }) : done(new Error('no such login')),
};

describe('email', () => {
  test('with STARTTLS and a login', async () => {
    await using mailbox = await startMailbox({ ...certificate.pair, ...login });
    const given = {
      ...env,
      param_port: mailbox.port,
      param_ca_cert: certificate.pair.cert,
      param_username: 'ci',
      param_password: 'pass',
    };
    await runCommand(emailNotify, { ...given, NOTIFY_MESSAGE: 'Die Prüfung ist rot.' });
    const [mail] = mailbox.mails;
    expect(mail).toMatchObject({ to: ['ada@example.org', 'bob@example.org'], secure: true, user: 'ci' });
    expect(mail?.text).toContain('Subject: [shop] shop/test #12 failed');
    expect(mail?.text).toContain('Auto-Submitted: auto-generated');
    expect(mail?.text).toContain('Die Pr=C3=BCfung ist rot.');
    expect(mail?.text).toContain('http://ci.example.=');
    const wrong = await commandFailure(emailNotify, { ...given, param_password: 'hunter22' });
    expect(wrong).toMatchObject({ code: 'smtp_login', hint: expect.stringContaining('"password"') });
    expect(wrong.message).not.toContain('hunter22');
  });

  test('with TLS from the beginning', async () => {
    await using mailbox = await startMailbox({ ...certificate.pair, secure: true, authOptional: true });
    const given = { ...env, param_port: mailbox.port, param_tls: 'implicit' };
    await runCommand(emailNotify, { ...given, param_ca_cert: certificate.pair.cert });
    expect(mailbox.mails).toHaveLength(1);
    const untrusted = await commandFailure(emailNotify, given);
    expect(untrusted).toMatchObject({ code: 'smtp_tls', hint: expect.stringContaining('"ca_cert"') });
  });

  test('a server without STARTTLS gets no mail unless it is wanted so', async () => {
    await using mailbox = await startMailbox({ disabledCommands: ['STARTTLS', 'AUTH'], authOptional: true });
    const given = { ...env, param_port: mailbox.port };
    expect(await commandFailure(emailNotify, given)).toMatchObject({ code: 'smtp_tls' });
    expect(mailbox.mails).toHaveLength(0);
    await runCommand(emailNotify, { ...given, param_tls: 'none' });
    expect(mailbox.mails).toHaveLength(1);
  });

  test('a line break in the subject makes no header', async () => {
    await using mailbox = await startMailbox({ disabledCommands: ['STARTTLS', 'AUTH'], authOptional: true });
    await runCommand(emailNotify, {
      ...env,
      param_port: mailbox.port,
      param_tls: 'none',
      notify_subject: 'red\r\nBcc: eve@example.org',
    });
    expect(mailbox.mails[0]).toMatchObject({ to: ['ada@example.org', 'bob@example.org'] });
    expect(mailbox.mails[0]?.text).toContain('Subject: red Bcc: eve@example.org');
  });

  test('a server that says "later" is asked again', async () => {
    let asked = 0;
    await using mailbox = await startMailbox({
      disabledCommands: ['STARTTLS', 'AUTH'],
      authOptional: true,
      onRcptTo(_, __, done) {
        asked += 1;
        done(asked <= 2 ? Object.assign(new Error('greylisted'), { responseCode: 451 }) : null);
      },
    });
    const { pauses } = await runCommand(emailNotify, { ...env, param_port: mailbox.port, param_tls: 'none' });
    expect(pauses).toEqual([2_000]);
    expect(mailbox.mails).toHaveLength(1);
  });

  test.each([
    [{ param_to: '' }, 'parameter_missing'],
    [{ param_tls: 'ssl' }, 'bad_parameter'],
    [{ param_port: 'x' }, 'bad_parameter'],
    [{ param_username: 'ci' }, 'parameter_missing'],
    [{ param_port: '1', param_tls: 'none' }, 'smtp_unreachable'],
  ])('what cannot be sent: %p', async (more, code) => {
    expect(await commandFailure(emailNotify, { ...env, ...more })).toMatchObject({ code });
  });
});
