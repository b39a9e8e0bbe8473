/** The types of runners, resources, services, secrets and notifications as a plan carries them: the commands that they are made of. */
import { z } from 'zod';
import { json, planValues, sourcePlace } from './plan-value.ts';

/**
 * `check "exec" { path = "…" }`: a runner's name, and its parameters. `through` is the `runner "docker" { … }` of the type the command
 * belongs to: what the inner runner would start is started by that one, as its `cmd` (expand-command.ts does it).
 */
export const runnerCommand = z.object({
  runner: z.string(),
  params: planValues,
  at: sourcePlace,
  through: z.object({ runner: z.string(), params: planValues }).optional(),
});
export type RunnerCommand = z.infer<typeof runnerCommand>;

/** A command a runner type is made of. `$name` in `path` and `args` stands for a parameter (LANGUAGE.md §3). */
export const commandTemplate = z.object({
  path: z.string(),
  args: z.array(z.string()),
  /** Where it starts, relative to the build's directory; `$name` as in `args`. */
  dir: z.string().optional(),
  /** Of a `run`, what it and all that it starts may take; `$name` as in `args`, nothing is no limit. */
  memory: z.string().optional(),
  cpus: z.string().optional(),
  pids: z.string().optional(),
  /** What its program alone is told by the environment; `$name` as in `args`. Here a secret may stand. */
  env: z.record(z.string(), z.string()).optional(),
});
export type CommandTemplate = z.infer<typeof commandTemplate>;

export const runnerType = z.object({
  name: z.string(),
  /** True for one that came from `pikoci://`: its `cmd` may hold secrets, which then go into a private file. */
  builtin: z.boolean(),
  run: commandTemplate,
  prepare: commandTemplate.optional(),
  cancel: commandTemplate.optional(),
  cleanup: commandTemplate.optional(),
  /** Where the build's directory appears inside, for example `/workdir`. */
  workdir: z.string().optional(),
  /** Exit codes of `run` by which its program says that it could not start the command: then the step erred, and the command did not fail. */
  errorExitCodes: z.array(z.int()).optional(),
  /** Defaults of parameters, for example `shell = "/bin/sh"`. */
  defaults: z.record(z.string(), json),
});
export type RunnerType = z.infer<typeof runnerType>;

export const resourceType = z.object({
  name: z.string(),
  builtin: z.boolean(),
  params: z.array(z.string()),
  cache: z.boolean(),
  /** Pulled and pushed by the worker itself, and never checked: the server keeps what a `put` made. Only built-in types have it. */
  engine: z.enum(['artifact']).optional(),
  /** Absent for a type whose versions are made by the server itself (`cron`, when it has no check command). */
  check: runnerCommand.optional(),
  pull: runnerCommand.optional(),
  push: runnerCommand.optional(),
});
export type ResourceType = z.infer<typeof resourceType>;

export const serviceType = z.object({
  name: z.string(),
  builtin: z.boolean(),
  params: z.array(z.string()),
  /** Values for parameters that an instance does not give. */
  defaults: planValues,
  start: runnerCommand,
  readyCheck: z.object({ command: runnerCommand, intervalMs: z.int(), timeoutMs: z.int() }).optional(),
  stop: runnerCommand.optional(),
});
export type ServiceType = z.infer<typeof serviceType>;

export const secretType = z.object({
  name: z.string(),
  builtin: z.boolean(),
  params: z.array(z.string()),
  /** Attributes of the type that are configuration handed to `get` as `param_<name>`. */
  config: planValues,
  /** Absent for built-in types whose answers the server gives (`server`). */
  get: runnerCommand.optional(),
  /** What the server is asked for: a secret that it keeps, a token that says who the build is, or one that clones its repository. */
  server: z.enum(['secret', 'id_token', 'clone_token']).optional(),
  /** Names of the worker's own environment that `get` sees too: `VAULT_ADDR`. Only built-in types have any. */
  passEnv: z.array(z.string()).optional(),
});
export type SecretType = z.infer<typeof secretType>;

export const notificationType = z.object({
  name: z.string(),
  builtin: z.boolean(),
  params: z.array(z.string()),
  notify: runnerCommand,
});
export type NotificationType = z.infer<typeof notificationType>;

/** The types a plan or a check uses, by name. */
export const planTypes = z.object({
  runners: z.record(z.string(), runnerType),
  resources: z.record(z.string(), resourceType),
  services: z.record(z.string(), serviceType),
  secrets: z.record(z.string(), secretType),
  notifications: z.record(z.string(), notificationType),
});
export type PlanTypes = z.infer<typeof planTypes>;
