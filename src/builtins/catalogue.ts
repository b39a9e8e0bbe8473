/** The built-in types: HCL files of /builtins, part of the executable, read by the same loader as anyone's. */
import discord from '../../builtins/notification_types/discord.hcl' with { type: 'text' };
import email from '../../builtins/notification_types/email.hcl' with { type: 'text' };
import giteaStatus from '../../builtins/notification_types/gitea-status.hcl' with { type: 'text' };
import githubCheck from '../../builtins/notification_types/github-check.hcl' with { type: 'text' };
import githubStatus from '../../builtins/notification_types/github-status.hcl' with { type: 'text' };
import gitlabStatus from '../../builtins/notification_types/gitlab-status.hcl' with { type: 'text' };
import slack from '../../builtins/notification_types/slack.hcl' with { type: 'text' };
import webhook from '../../builtins/notification_types/webhook.hcl' with { type: 'text' };
import artifact from '../../builtins/resource_types/artifact.hcl' with { type: 'text' };
import cron from '../../builtins/resource_types/cron.hcl' with { type: 'text' };
import git from '../../builtins/resource_types/git.hcl' with { type: 'text' };
import githubRelease from '../../builtins/resource_types/github-release.hcl' with { type: 'text' };
import http from '../../builtins/resource_types/http.hcl' with { type: 'text' };
import registryImage from '../../builtins/resource_types/registry-image.hcl' with { type: 'text' };
import s3 from '../../builtins/resource_types/s3.hcl' with { type: 'text' };
import trigger from '../../builtins/resource_types/trigger.hcl' with { type: 'text' };
import buildah from '../../builtins/runner_types/buildah.hcl' with { type: 'text' };
import docker from '../../builtins/runner_types/docker.hcl' with { type: 'text' };
import exec from '../../builtins/runner_types/exec.hcl' with { type: 'text' };
import kubernetes from '../../builtins/runner_types/kubernetes.hcl' with { type: 'text' };
import podman from '../../builtins/runner_types/podman.hcl' with { type: 'text' };
import shell from '../../builtins/runner_types/shell.hcl' with { type: 'text' };
import ssh from '../../builtins/runner_types/ssh.hcl' with { type: 'text' };
import env from '../../builtins/secret_types/env.hcl' with { type: 'text' };
import file from '../../builtins/secret_types/file.hcl' with { type: 'text' };
import idToken from '../../builtins/secret_types/id_token.hcl' with { type: 'text' };
import pikoci from '../../builtins/secret_types/pikoci.hcl' with { type: 'text' };
import vault from '../../builtins/secret_types/vault.hcl' with { type: 'text' };
import kafka from '../../builtins/service_types/kafka.hcl' with { type: 'text' };
import mariadb from '../../builtins/service_types/mariadb.hcl' with { type: 'text' };
import minio from '../../builtins/service_types/minio.hcl' with { type: 'text' };
import mongodb from '../../builtins/service_types/mongodb.hcl' with { type: 'text' };
import mysql from '../../builtins/service_types/mysql.hcl' with { type: 'text' };
import nats from '../../builtins/service_types/nats.hcl' with { type: 'text' };
import postgresql from '../../builtins/service_types/postgresql.hcl' with { type: 'text' };
import rabbitmq from '../../builtins/service_types/rabbitmq.hcl' with { type: 'text' };
import redis from '../../builtins/service_types/redis.hcl' with { type: 'text' };
import vaultServer from '../../builtins/service_types/vault.hcl' with { type: 'text' };
import type { Builtins, SourceKind } from '../pipeline/source.ts';

const TEXTS: Readonly<Record<SourceKind, Readonly<Record<string, string>>>> = {
  resource_type: {
    artifact,
    cron,
    git,
    'github-release': githubRelease,
    http,
    'registry-image': registryImage,
    s3,
    trigger,
  },
  runner_type: { buildah, docker, exec, kubernetes, podman, shell, ssh },
  service_type: { postgresql, mariadb, mysql, redis, mongodb, nats, rabbitmq, kafka, vault: vaultServer, minio },
  secret_type: { env, file, id_token: idToken, pikoci, vault },
  notification_type: {
    discord,
    email,
    'gitea-status': giteaStatus,
    'github-check': githubCheck,
    'github-status': githubStatus,
    'gitlab-status': gitlabStatus,
    slack,
    webhook,
  },
};

/** Other names by which people know them. */
const ALIASES: Readonly<Record<string, string>> = { postgres: 'postgresql' };

export const builtins: Builtins = {
  find: (kind, wanted) => {
    const texts = TEXTS[kind];
    const name = Object.hasOwn(texts, wanted) ? wanted : (ALIASES[wanted] ?? wanted);
    const text = Object.hasOwn(texts, name) ? texts[name] : undefined;
    return text === undefined ? undefined : { name, file: `pikoci://${kind}s/${name}.hcl`, text };
  },
  names: (kind) => Object.keys(TEXTS[kind]),
};
