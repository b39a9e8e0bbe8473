import type { BuiltinCommand } from './builtin-command.ts';

const lazily = (load: () => Promise<BuiltinCommand['run']>) => async (): Promise<BuiltinCommand> => ({
  run: await load(),
});

/** Each is loaded only when it is called. */
export const builtinCommands: Readonly<Record<string, () => Promise<BuiltinCommand>>> = {
  'discord-notify': lazily(async () => (await import('./commands/discord-notify.ts')).discordNotify),
  'email-notify': lazily(async () => (await import('./commands/email-notify.ts')).emailNotify),
  'env-get': lazily(async () => (await import('./commands/env-get.ts')).envGet),
  'file-get': lazily(async () => (await import('./commands/file-get.ts')).fileGet),
  'git-check': lazily(async () => (await import('./commands/git-check.ts')).gitCheck),
  'git-pull': lazily(async () => (await import('./commands/git-pull.ts')).gitPull),
  'git-push': lazily(async () => (await import('./commands/git-push.ts')).gitPush),
  'postgresql-ready': lazily(async () => (await import('./commands/postgresql-ready.ts')).postgresqlReady),
  'postgresql-start': lazily(async () => (await import('./commands/postgresql-start.ts')).postgresqlStart),
  'postgresql-stop': lazily(async () => (await import('./commands/postgresql-stop.ts')).postgresqlStop),
  'slack-notify': lazily(async () => (await import('./commands/slack-notify.ts')).slackNotify),
  'vault-get': lazily(async () => (await import('./commands/vault-get.ts')).vaultGet),
  'webhook-notify': lazily(async () => (await import('./commands/webhook-notify.ts')).webhookNotify),
};
