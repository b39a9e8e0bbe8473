/**
 * What crosses the queue between a worker and the servers. Every message is parsed with these schemas where it arrives.
 *
 * Requests go worker -> any server and are answered (`hello`, `next`, `renew`, `secret`, `id_token`, `clone_token`, `leave`, `set_pipeline`); emitted messages go worker -> servers, durable
 * and in order (`events`, `check_result`); broadcasts go servers -> everyone, best effort (`wake`, `cancel`, `drain`): whatever they say is repeated
 * in the answers of `next` and `renew`, so losing one only costs time.
 */
import { z } from 'zod';
import type { Json } from '../lib/json.ts';
import { buildPlan, checkPlan } from '../pipeline/plan.ts';
import { buildEvent } from './build-event.ts';
import { eventBatch, problemDetail } from './events.ts';
import { cloneTokenRequest, idTokenRequest } from './id-token.ts';
import { remembered } from './remembered.ts';
import { pipelineSetAnswer, setPipelineWorkRequest } from './set-pipeline.ts';
import { buildStatus } from './status.ts';
import { versionFields, versionMetadata } from './version.ts';

/**
 * Versions of this protocol. A server takes workers of its own version and one older or newer (version-skew.ts). Fields that a receiver does not know are passed over,
 * so a later version may add some that may be absent; a kind of request that a server does not know is refused, one that is emitted is set aside,
 * a broadcast is passed over. So what is new is sent only to who said in its hello or welcome that it knows it.
 */
export const PROTOCOL_VERSION = 1;

export const workKind = z.enum(['build', 'check']);
export type WorkKind = z.infer<typeof workKind>;

export const helloRequest = z.object({
  kind: z.literal('hello'),
  protocol: z.int(),
  worker: z.string(),
  name: z.string(),
  /** pikoci's version, for the page of workers. */
  version: z.string(),
  team: z.string().optional(),
  tags: z.array(z.string()),
  slots: z.int().min(1),
  /** X25519 public key (base64, raw 32 bytes) that values for this worker process are sealed to. */
  sealKey: z.string(),
  /** What it asks for; absent: all kinds. */
  kinds: z.array(z.string()).optional(),
  /** It takes only what asks for one of its tags. */
  exclusive: z.boolean().optional(),
  /** It takes nothing new: it is about to leave. */
  draining: z.boolean().optional(),
  /** Its clock, which a server compares with its own. */
  now: z.int().optional(),
  /** Attempts that the worker's journal still owes an end: it was killed in the middle of them. */
  owed: z.array(z.string()),
});

export const nextRequest = z.object({
  kind: z.literal('next'),
  /** Repeated until answered; the same question gets the same grant. */
  question: z.string(),
  worker: z.string(),
  sealKey: z.string(),
  tags: z.array(z.string()),
  exclusive: z.boolean().optional(),
  kinds: z.array(workKind).min(1),
});

export const renewRequest = z.object({
  kind: z.literal('renew'),
  worker: z.string(),
  attempts: z.array(z.object({ attempt: z.string(), fencing: z.int() })),
  checks: z.array(z.object({ check: z.string(), fencing: z.int() })),
});

/**
 * The value of a secret that the server keeps, for work that the worker holds: asked for just before the step that needs it, so that it is the
 * newest. It comes sealed to the worker's process.
 */
export const secretRequest = z.object({
  kind: z.literal('secret'),
  worker: z.string(),
  sealKey: z.string(),
  work: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('build'), attempt: z.string(), fencing: z.int() }),
    z.object({ kind: z.literal('check'), check: z.string(), fencing: z.int() }),
  ]),
  name: z.string().max(255),
});

/** A worker that leaves says so: what it was granted and has not begun goes back at once. */
export const leaveRequest = z.object({ kind: z.literal('leave'), worker: z.string() });

export const workerRequest = z.discriminatedUnion('kind', [
  helloRequest,
  nextRequest,
  renewRequest,
  secretRequest,
  idTokenRequest,
  cloneTokenRequest,
  leaveRequest,
  setPipelineWorkRequest,
]);
export type WorkerRequest = z.infer<typeof workerRequest>;
export type HelloRequest = z.infer<typeof helloRequest>;
export type NextRequest = z.infer<typeof nextRequest>;
export type RenewRequest = z.infer<typeof renewRequest>;
export type SecretRequest = z.infer<typeof secretRequest>;

/** Names and numbers that a build's commands see (`BUILD_*`), and that `build.*` holds. */
export const buildFacts = z.object({
  id: z.string(),
  number: z.int(),
  job: z.string(),
  pipeline: z.string(),
  team: z.string(),
  url: z.string(),
  /** Why it runs, in words; absent where nobody knows (`pikoci run`). */
  cause: z.string().optional(),
  /** How the build of the job before this one ended that was red or green; absent for the first. */
  previousStatus: buildStatus.optional(),
  /** What happened on a forge that it is of. */
  event: buildEvent.optional(),
});
export type BuildFacts = z.infer<typeof buildFacts>;

/** The version that a `get` step fetches. By step id. */
export const grantedInput = z.object({
  resource: z.string(),
  version: versionFields,
  metadata: versionMetadata,
});
export type GrantedInput = z.infer<typeof grantedInput>;

export const buildGrant = z.object({
  kind: z.literal('build'),
  attempt: z.string(),
  attemptNumber: z.int(),
  fencing: z.int(),
  leaseMs: z.int(),
  build: buildFacts,
  /** Builds of a job have the same one until the pipeline is set anew. */
  plan: remembered(buildPlan),
  inputs: z.record(z.string(), grantedInput),
  /** How often the server would try the build again by itself after an error. */
  retriesLeft: z.int().optional(),
  /** Caches are read and never written: the build is of somebody who may not change what later builds begin with. */
  readOnlyCaches: z.boolean().optional(),
  /** What the build was given, by name of the job's input; sensitive ones are in `sealedInputs`, encrypted as `sealed` is. */
  inputValues: z.record(z.string(), z.json() as z.ZodType<Json>).optional(),
  sealedInputs: z.string().optional(),
  /** Values of sealed variables, by name: JSON, encrypted to the worker's seal key (lib/system/seal.ts). Absent when there are none. */
  sealed: z.string().optional(),
  /** X25519 public key of the servers (base64): what a `set_pipeline` has to tell them that is sensitive is sealed to it. Absent when there is none of those. */
  replyKey: z.string().optional(),
});
export type BuildGrant = z.infer<typeof buildGrant>;

export const checkGrant = z.object({
  kind: z.literal('check'),
  check: z.string(),
  fencing: z.int(),
  leaseMs: z.int(),
  team: z.string(),
  pipeline: z.string(),
  plan: checkPlan,
  /** The newest version known; absent at the first check. */
  last: versionFields.optional(),
  sealed: z.string().optional(),
});
export type CheckGrant = z.infer<typeof checkGrant>;

export const grant = z.discriminatedUnion('kind', [buildGrant, checkGrant]);
export type Grant = z.infer<typeof grant>;

/** Somebody wants the worker to take nothing new: until he says otherwise, or that it leaves when it has finished. */
export const drainWish = z.object({ by: z.string(), leave: z.boolean() });
export type DrainWish = z.infer<typeof drainWish>;

export const helloAnswer = z.object({
  kind: z.literal('welcome'),
  server: z.string(),
  /** The worker's id, as servers know it: of its token and of what it calls itself. */
  worker: z.string().optional(),
  /** Of the server. */
  protocol: z.int().optional(),
  drain: drainWish.optional(),
  /** How far the worker's clock is ahead of the server's, in milliseconds. */
  clockAheadMs: z.int().optional(),
  renewEveryMs: z.int(),
  /** How long a worker may go without a renewal before it kills its own steps. */
  selfFenceMs: z.int(),
});
export const nextAnswer = z.object({
  kind: z.literal('next'),
  question: z.string(),
  grant: grant.optional(),
  drain: drainWish.optional(),
});
export const renewAnswer = z.object({
  kind: z.literal('renewed'),
  /** What no longer belongs to this worker (stop it, report nothing more), and what should be cancelled. */
  lost: z.array(z.string()),
  cancel: z.array(z.string()),
});
/** Of a `secret`, an `id_token` and a `clone_token`. `sealed`: the text, encrypted to the seal key of the request. */
export const secretAnswer = z.object({ kind: z.literal('secret'), sealed: z.string() });
export const leaveAnswer = z.object({ kind: z.literal('left') });
/** The request was understood and refused, for example a protocol version too far apart. `rendered`: all that is wrong with a pipeline, as text. */
export const refusal = z.object({
  kind: z.literal('refused'),
  problem: problemDetail,
  rendered: z.string().optional(),
});

export const serverAnswer = z.discriminatedUnion('kind', [
  helloAnswer,
  nextAnswer,
  renewAnswer,
  secretAnswer,
  leaveAnswer,
  pipelineSetAnswer,
  refusal,
]);
export type ServerAnswer = z.infer<typeof serverAnswer>;

export const checkResult = z.object({
  kind: z.literal('check_result'),
  check: z.string(),
  fencing: z.int(),
  at: z.int(),
  /** Oldest first, as `check` printed them, parsed. Absent when it failed. */
  versions: z.array(z.object({ version: versionFields, metadata: versionMetadata })).optional(),
  /** New ones go where the list has them, not behind all that are known. */
  ordered: z.boolean().optional(),
  problem: problemDetail.optional(),
  /** What the check printed, masked, its last 64 KiB. */
  log: z.string(),
});
export type CheckResult = z.infer<typeof checkResult>;

export const emitted = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('events'), batch: eventBatch }),
  checkResult,
]);
export type Emitted = z.infer<typeof emitted>;

export const broadcast = z.discriminatedUnion('kind', [
  /** Servers of before said that there may be work. Nobody waits for it: questions are held by servers. */
  z.object({ kind: z.literal('wake') }),
  z.object({ kind: z.literal('cancel'), attempt: z.string() }),
  /** Of the worker that a welcome called so. What is to be done is in the answer to `next`. */
  z.object({ kind: z.literal('drain'), worker: z.string(), drain: drainWish.optional() }),
]);
export type Broadcast = z.infer<typeof broadcast>;
