import type { BuiltinCommand } from './builtin-command.ts';
import { SERVICE_NAMES } from './services/service-facts.ts';

const lazily = (load: () => Promise<BuiltinCommand['run']>) => async (): Promise<BuiltinCommand> => ({
  run: await load(),
});

/** `redis-start`, `redis-ready`, `redis-stop`, and so on for each of the services. */
function serviceCommands(): Record<string, () => Promise<BuiltinCommand>> {
  const load = () => import('./services/service-commands.ts');
  return Object.fromEntries(
    SERVICE_NAMES.flatMap((name) => [
      [`${name}-start`, lazily(async () => (await load()).startService.bind(undefined, name))],
      [`${name}-ready`, lazily(async () => (await load()).serviceReady.bind(undefined, name))],
      [`${name}-stop`, lazily(async () => (await load()).stopService.bind(undefined, name))],
    ]),
  );
}

/** Each is loaded only when it is called. */
export const builtinCommands: Readonly<Record<string, () => Promise<BuiltinCommand>>> = {
  'buildah-run': lazily(async () => (await import('./commands/buildah-run.ts')).buildahRun),
  'discord-notify': lazily(async () => (await import('./commands/discord-notify.ts')).discordNotify),
  'email-notify': lazily(async () => (await import('./commands/email-notify.ts')).emailNotify),
  'env-get': lazily(async () => (await import('./commands/env-get.ts')).envGet),
  'file-get': lazily(async () => (await import('./commands/file-get.ts')).fileGet),
  'git-check': lazily(async () => (await import('./commands/git-check.ts')).gitCheck),
  'git-pull': lazily(async () => (await import('./commands/git-pull.ts')).gitPull),
  'git-push': lazily(async () => (await import('./commands/git-push.ts')).gitPush),
  'gitea-status-notify': lazily(async () => (await import('./commands/commit-status-notify.ts')).giteaStatusNotify),
  'github-check-notify': lazily(async () => (await import('./commands/commit-status-notify.ts')).githubCheckNotify),
  'github-release-check': lazily(async () => (await import('./commands/github-release-check.ts')).githubReleaseCheck),
  'github-release-pull': lazily(async () => (await import('./commands/github-release-pull.ts')).githubReleasePull),
  'github-release-push': lazily(async () => (await import('./commands/github-release-push.ts')).githubReleasePush),
  'github-status-notify': lazily(async () => (await import('./commands/commit-status-notify.ts')).githubStatusNotify),
  'gitlab-status-notify': lazily(async () => (await import('./commands/commit-status-notify.ts')).gitlabStatusNotify),
  'http-check': lazily(async () => (await import('./commands/http-check.ts')).httpCheck),
  'http-pull': lazily(async () => (await import('./commands/http-pull.ts')).httpPull),
  'http-push': lazily(async () => (await import('./commands/http-push.ts')).httpPush),
  'kubernetes-cleanup': lazily(async () => (await import('./commands/kubernetes-run.ts')).kubernetesCleanup),
  'kubernetes-run': lazily(async () => (await import('./commands/kubernetes-run.ts')).kubernetesRun),
  'registry-image-check': lazily(async () => (await import('./commands/registry-image-check.ts')).registryImageCheck),
  'registry-image-pull': lazily(async () => (await import('./commands/registry-image-pull.ts')).registryImagePull),
  'registry-image-push': lazily(async () => (await import('./commands/registry-image-push.ts')).registryImagePush),
  's3-check': lazily(async () => (await import('./commands/s3-check.ts')).s3Check),
  's3-pull': lazily(async () => (await import('./commands/s3-pull.ts')).s3Pull),
  's3-push': lazily(async () => (await import('./commands/s3-push.ts')).s3Push),
  'slack-notify': lazily(async () => (await import('./commands/slack-notify.ts')).slackNotify),
  'ssh-run': lazily(async () => (await import('./commands/ssh-run.ts')).sshRun),
  ...serviceCommands(),
  'vault-get': lazily(async () => (await import('./commands/vault-get.ts')).vaultGet),
  'webhook-notify': lazily(async () => (await import('./commands/webhook-notify.ts')).webhookNotify),
};
