/**
 * What the HTTP API says, under `/api/v1`: shapes shared by the server's routes, the typed client, the command line and the pages.
 *
 * | method and path | gives |
 * |---|---|
 * | GET /teams | Team[] |
 * | GET /pipelines?team= | PipelineSummary[] |
 * | PUT /teams/:team/pipelines/:pipeline | SetPipelineRequest -> SetPipelineResult |
 * | GET, DELETE /teams/:team/pipelines/:pipeline | PipelineDetail |
 * | POST …/:pipeline/pause, /unpause | { reason }? -> PipelineDetail |
 * | GET …/:pipeline/graph | GraphView |
 * | GET …/:pipeline/config | PipelineConfig, with an ETag |
 * | POST …/:pipeline/plan | PlanRequest -> PipelinePlan |
 * | GET …/:pipeline/revisions?after=&limit= | RevisionPage |
 * | GET …/revisions/:revision, …/revisions/:revision/diff?from= | PipelineConfig, RevisionDiff |
 * | POST …/revisions/:revision/plan, …/revisions/:revision/restore | PipelinePlan, RestoreRequest -> SetPipelineResult |
 * | GET …/:pipeline/jobs, …/jobs/:job | JobView[] , JobView |
 * | GET …/jobs/:job/explain, …/:pipeline/explain | ExplainView, ExplainView[] |
 * | POST …/jobs/:job/trigger | { versions, inputs, reason }? -> BuildView |
 * | POST …/jobs/:job/pause, /unpause | { reason }? -> JobView |
 * | GET …/jobs/:job/builds?after=&limit= | BuildPage |
 * | GET …/jobs/:job/builds/:number | BuildDetailView |
 * | GET …/resources, …/resources/:address | ResourceView[] , ResourceView |
 * | GET …/resources/:address/versions | VersionPage |
 * | POST …/resources/:address/check | CheckView |
 * | POST …/resources/:address/pin, /unpin | { version, reason }, { reason }? -> ResourceView |
 * | POST …/resources/:address/disable, /enable | { version, reason } -> VersionView |
 * | GET /builds?pipeline=&job=&after=&limit= | BuildPage |
 * | GET /builds/:id | BuildDetailView |
 * | POST /builds/:id/cancel, /retry | BuildView (retry: { reason }?) |
 * | POST /builds/:id/approve, /reject | { approval, reason, seen }? -> BuildView |
 * | GET /builds/:id/events?after= | text/event-stream of BuildStreamMessage |
 * | GET /builds/:id/log?attempt=&step= | text/plain, whole (all steps in order, or one step) |
 * | GET /builds/:id/log/:step?attempt=&offset=&length= | bytes; headers `Pikoci-Log-Length`, `Pikoci-Log-Lines` |
 * | GET /builds/:id/tests?status=&order=&after=&limit= | TestsView |
 * | GET …/jobs/:job/tests/:test?limit= | TestHistory |
 * | GET /builds/:id/artifacts, …/artifacts/:name | ArtifactView[] , ArtifactDetail (artifacts.ts) |
 * | GET …/artifacts/:name/download, …/artifacts/:name/file?path= | bytes |
 * | GET /retention?team=&pipeline= | RetentionView |
 * | GET /servers | ServerView[] |
 * | GET /workers, /workers/:worker | WorkerView[] , WorkerView (workers.ts) |
 * | POST /workers/:worker/drain, /resume, /workers/prune | DrainRequest -> WorkerView, PruneRequest -> PruneResult |
 * | GET /worker-tokens, POST …/:token/revoke | WorkerTokenView[] , WorkerTokenView |
 * | GET /poison-messages, …/:message; POST …/retry, DELETE | PoisonView[] , PoisonDetail |
 * | GET /feed | text/event-stream of FeedMessage |
 * | GET /info | ServerInfo |
 * | GET, DELETE /session | SessionView: who asks; logs out |
 * | GET /checks/:id | CheckView |
 *
 * Builds, graphs, revisions and more have their shapes beside this. routes.ts has the same as code: server, client and the OpenAPI document are made from it.
 */
import { z } from 'zod';
import { pipelineInstance } from '../pipeline/model.ts';
import { buildView } from './builds.ts';
import { markView } from './choices.ts';
import { problemDetail } from './events.ts';
import { jobInputView } from './gates.ts';
import { graphView } from './graph.ts';
import { reasonView } from './reasons.ts';
import { changeMessage, planRequest, staleChange } from './revisions.ts';
import { buildStatus, checkStatus } from './status.ts';
import { versionFields, versionMetadata } from './version.ts';

const instant = z.int();

/** RFC 9457, with our permanent `code` and what to do. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  code: z.string(),
  hint: z.string().optional(),
  /** For a pipeline that is not valid: each mistake, rendered as text too. */
  diagnostics: z.array(z.json()).optional(),
  rendered: z.string().optional(),
  /** For a change that was made from a revision no longer in force. */
  stale: staleChange.optional(),
});
export type Problem = z.infer<typeof problem>;

export const serverInfo = z.object({
  version: z.string(),
  instance: z.string(),
  startedAt: instant,
  externalUrl: z.string(),
  database: z.string(),
  queue: z.string(),
});
export type ServerInfo = z.infer<typeof serverInfo>;

/** Who the asker is. `csrf` is there for a browser's session: it goes back in the header `Pikoci-Csrf` with whatever changes something. */
/** What somebody may do in a team, least first. */
export const role = z.enum(['public', 'read', 'write', 'maintain', 'admin']);

export const sessionView = z.object({
  name: z.string(),
  /** False for a visitor, who sees public pipelines. */
  signedIn: z.boolean(),
  /** Of the whole server. */
  admin: z.boolean(),
  /** The greatest they have in any team. */
  role,
  teams: z.array(z.object({ team: z.string(), role })),
  csrf: z.string().optional(),
});
export type SessionView = z.infer<typeof sessionView>;

export const team = z.object({ name: z.string() });
export type Team = z.infer<typeof team>;

/** Why a job did not run although it could have, and what would make it run. */
export const holdView = reasonView.extend({ since: instant });
export type HoldView = z.infer<typeof holdView>;

export const jobView = z.object({
  name: z.string(),
  group: z.string(),
  paused: z.boolean(),
  pausedBy: z.string().optional(),
  pause: markView.optional(),
  hold: holdView.optional(),
  disableManualTrigger: z.boolean(),
  inputs: z.array(z.object({ resource: z.string(), trigger: z.boolean(), passed: z.array(z.string()) })),
  outputs: z.array(z.string()),
  /** What may be given by who starts it by hand. */
  manualInputs: z.array(jobInputView),
  /** Newest first, at most 20. */
  builds: z.array(buildView),
});
export type JobView = z.infer<typeof jobView>;

export const resourceView = z.object({
  address: z.string(),
  type: z.string(),
  name: z.string(),
  schedule: z.string(),
  /** Its versions are made by `put` alone. */
  neverChecked: z.boolean().optional(),
  pinned: versionFields.optional(),
  pin: markView.optional(),
  /** What it is pinned to, by a person or by its block, is disabled: nothing is built with it. */
  pinDisabled: z.literal(true).optional(),
  /** What its block in the pipeline pins it to; a person's pin wins. */
  pinnedInText: versionFields.optional(),
  latest: versionFields.optional(),
  latestMetadata: versionMetadata.optional(),
  latestDisabled: z.literal(true).optional(),
  nextCheckAt: instant,
  lastCheckAt: instant.nullable(),
  lastCheckStatus: checkStatus.optional(),
  lastCheckProblem: problemDetail.optional(),
  lastCheckLog: z.string(),
  /** When the check was asked for that waits for a worker or runs now. */
  checkingSince: instant.optional(),
});
export type ResourceView = z.infer<typeof resourceView>;

export const versionView = z.object({
  id: z.string(),
  version: versionFields,
  metadata: versionMetadata,
  disabled: z.boolean(),
  disable: markView.optional(),
  firstSeenAt: instant,
});
export type VersionView = z.infer<typeof versionView>;
export const versionPage = z.object({ items: z.array(versionView), next: z.string().optional() });
export type VersionPage = z.infer<typeof versionPage>;

export const checkView = z.object({
  id: z.string(),
  resource: z.string(),
  status: checkStatus,
  requestedAt: instant,
  endedAt: instant.nullable(),
  problem: problemDetail.optional(),
  newVersions: z.int().optional(),
});
export type CheckView = z.infer<typeof checkView>;

export const pipelineSummary = z.object({
  team: z.string(),
  name: z.string(),
  revision: z.int(),
  /** Of which pipeline it is an instance, and what tells it from the others: made by `set_pipeline` with `instance_vars`. */
  instance: pipelineInstance.optional(),
  /** Everybody may look at it. */
  public: z.boolean(),
  paused: z.boolean(),
  updatedAt: instant,
  /** Who set the revision in force: a person, or a build. */
  setBy: z.string(),
  /** The worst of each job's last finished build, and whether any runs. */
  status: buildStatus.nullable(),
  running: z.int(),
  graph: graphView,
  /** Each job with its newest build; `trend` newest first, at most 10. */
  jobs: z.array(
    z.object({
      name: z.string(),
      status: buildStatus.nullable(),
      number: z.int().nullable(),
      running: z.boolean(),
      paused: z.boolean(),
      startedAt: instant.nullable(),
    }),
  ),
  trend: z.array(
    z.object({
      job: z.string(),
      number: z.int(),
      status: buildStatus,
      endedAt: instant.nullable(),
      durationMs: z.int().nullable(),
    }),
  ),
  failingChecks: z.array(z.object({ resource: z.string(), problem: problemDetail })),
});
export type PipelineSummary = z.infer<typeof pipelineSummary>;

export const pipelineDetail = pipelineSummary.extend({
  pause: markView.optional(),
  jobList: z.array(jobView),
  resources: z.array(resourceView),
});
export type PipelineDetail = z.infer<typeof pipelineDetail>;

export const setPipelineRequest = planRequest.extend({
  /** Instead of `If-Match`, or with it: the number of the revision the change was made from. */
  expectedRevision: z.int().optional(),
  message: changeMessage,
});
export type SetPipelineRequest = z.infer<typeof setPipelineRequest>;

export const setPipelineResult = z.object({
  team: z.string(),
  name: z.string(),
  revision: z.int(),
  created: z.boolean(),
  changed: z.boolean(),
  /** Warnings, rendered as text. */
  warnings: z.array(z.string()),
});
export type SetPipelineResult = z.infer<typeof setPipelineResult>;

/**
 * `GET /feed`: names of things that changed, so that a page asks for them again. The SSE id is the feed's cursor. `reset`, to one who
 * comes without an id or was away too long, says: load everything now, nothing that happens from here on is missed.
 */
export const feedMessage = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('changed'),
    topic: z.enum(['pipeline', 'job', 'resource', 'build', 'worker', 'repository']),
    team: z.string().optional(),
    pipeline: z.string().optional(),
    job: z.string().optional(),
    resource: z.string().optional(),
    build: z.string().optional(),
    number: z.int().optional(),
    status: buildStatus.optional(),
  }),
  z.object({ event: z.literal('reset') }),
]);
export type FeedMessage = z.infer<typeof feedMessage>;

/** An address at which a resource is checked, without the address itself. */
export const resourceWebhook = z.object({
  createdBy: z.string(),
  createdAt: instant,
  lastUsedAt: instant.optional(),
  /** How often it was called. */
  uses: z.int(),
});
export const madeWebhook = resourceWebhook.extend({ url: z.string() });
