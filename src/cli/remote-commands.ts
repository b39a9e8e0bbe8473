/** The commands that talk to a server: each noun of the API, with its verbs. */
import type { Command } from 'commander';
import type { CommandContext } from './context.ts';
import { addArtifacts } from './remote/artifacts.ts';
import { addAudit } from './remote/audit.ts';
import { addBuilds } from './remote/builds.ts';
import { addDeliveries } from './remote/deliveries.ts';
import { addExplain } from './remote/explain.ts';
import { addExport } from './remote/export.ts';
import { addJobs } from './remote/jobs.ts';
import { addLogin } from './remote/login.ts';
import { addPipelines } from './remote/pipelines.ts';
import { addPlan } from './remote/plan.ts';
import { addProviders } from './remote/providers.ts';
import { addQueue } from './remote/queue.ts';
import { addRepos } from './remote/repos.ts';
import { addResources } from './remote/resources.ts';
import { addRetention } from './remote/retention.ts';
import { addSecrets } from './remote/secrets.ts';
import { addServers } from './remote/servers.ts';
import { addTeams } from './remote/teams.ts';
import { addTokens } from './remote/tokens.ts';
import { addUsers } from './remote/users.ts';
import { addWorkers } from './remote/workers.ts';

export function registerRemoteCommands(program: Command, context: CommandContext): void {
  const client = program.command('client', { hidden: true }).description('The same as the commands without it.');
  for (const parent of [program, client]) {
    addPlan(parent, context);
    addPipelines(parent, context);
    addJobs(parent, context);
    addExplain(parent, context);
    addBuilds(parent, context);
    addArtifacts(parent, context);
    addResources(parent, context);
    addRepos(parent, context);
    addDeliveries(parent, context);
    addSecrets(parent, context);
    addServers(parent, context);
    addWorkers(parent, context);
    addQueue(parent, context);
    addRetention(parent, context);
    addLogin(parent, context);
    addUsers(parent, context);
    addTeams(parent, context);
    addTokens(parent, context);
    addProviders(parent, context);
    addAudit(parent, context);
    addExport(parent, context);
  }
}
