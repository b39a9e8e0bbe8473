/** What the store knows of artifacts and caches: names, digests, who may have them. Their bytes are blobs. */
import type { Instant } from '../lib/clock.ts';
import type { AttemptId, BuildId, PipelineId, TeamId, WorkerId } from '../lib/ids.ts';

/** An artifact that a build put. It goes with its build. */
export interface ArtifactRecord {
  readonly buildId: BuildId;
  readonly name: string;
  /** Address of the resource, and the step that put it. */
  readonly resource: string;
  readonly step: string;
  /** SHA-256 of the archive. */
  readonly digest: string;
  /** Of the archive. */
  readonly size: number;
  /** How many files, links and directories are in it, and how large they are unpacked. */
  readonly entries: number;
  readonly unpackedSize: number;
  /** The blob with its listing. */
  readonly indexDigest: string;
  readonly createdAt: Instant;
}

/** Where an attempt belongs, and who holds it: what its worker may read and write follows from this. */
export interface AttemptPlace {
  readonly workerId: WorkerId;
  readonly fencing: number;
  /** It has not ended, and nobody else has taken its build over. */
  readonly inForce: boolean;
  readonly buildId: BuildId;
  readonly pipelineId: PipelineId;
  readonly teamId: TeamId;
  /** It is of a fork. */
  readonly fork: boolean;
}

/** A cache is found by its pipeline, by what it holds (`scope`, a digest of its paths) and by its key. */
export interface CacheScope {
  readonly pipelineId: PipelineId;
  readonly scope: string;
}

export interface CacheRecord {
  readonly key: string;
  readonly digest: string;
  readonly size: number;
  readonly createdAt: Instant;
}

export interface ArtifactStore {
  attemptPlace(id: AttemptId): Promise<AttemptPlace | undefined>;
  /** The newest of each name, by name. */
  listArtifacts(buildId: BuildId): Promise<readonly ArtifactRecord[]>;
  /** The newest of that name, or of that name and digest. */
  findArtifact(buildId: BuildId, name: string): Promise<ArtifactRecord | undefined>;
  /** Whether an artifact of the team, or a cache of the pipeline, is (or has) this blob. */
  mayRead(place: Pick<AttemptPlace, 'teamId' | 'pipelineId'>, digest: string): Promise<boolean>;
  /** The attempt brought all of this blob, or would have and might read it: its artifacts and caches may be this blob. An artifact of another is not recorded. */
  noteBrought(attempt: AttemptId, digest: string): Promise<void>;
  hasBrought(attempt: AttemptId, digest: string): Promise<boolean>;

  /** The cache of exactly this key; else the newest whose key begins with a prefix: the first prefix that some key begins with. It counts as used now. */
  findCache(
    scope: CacheScope,
    wanted: { readonly key: string; readonly prefixes: readonly string[] },
    now: Instant,
  ): Promise<CacheRecord | undefined>;
  /** A key that is there keeps what it has, as a cache never changes: false. */
  saveCache(scope: CacheScope, cache: Pick<CacheRecord, 'key' | 'digest' | 'size'>, now: Instant): Promise<boolean>;
  /** Forgets a cache whose blob turned out to be lost or broken. */
  dropCache(scope: CacheScope, key: string, digest: string): Promise<void>;
  /** Forgets caches not used since, and then, the longest unused first, as many as it takes until all together are no larger than that. Gives how many. */
  trimCaches(limits: { readonly unusedSince: Instant; readonly maxBytes: number }): Promise<number>;

  /** Those of the blobs that anything refers to. */
  referredBlobs(digests: readonly string[]): Promise<ReadonlySet<string>>;
}
