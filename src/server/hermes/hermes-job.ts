/** A build in the words of Hermes. */
import type { BuildId } from '../../lib/ids.ts';
import { isEnded } from '../../protocol/status.ts';
import type { BuildInput, BuildRecord } from '../../store/records.ts';
import type { RepositoryRecord } from '../../store/repository-store.ts';
import type { Store } from '../../store/store.ts';

export interface HermesJob {
  readonly _id: string;
  /** The commit's message. */
  readonly name: string;
  readonly workflow: string;
  readonly repository: string;
  readonly repository_id: number | string;
  readonly finished: boolean;
  readonly owner: { readonly name: string; readonly login: string; readonly avatar: string };
  /** ISO 8601. */
  readonly created_at: string;
  readonly updated_at: string;
}

export interface HermesLog {
  readonly timestamp: string;
  /** One line, without its end. */
  readonly data: string;
}

const MOST_LOG_BYTES = 4 * 1024 * 1024;
const CHUNK_BYTES = 512 * 1024;

const iso = (at: number): string => new Date(at).toISOString();

export function hermesJob(build: BuildRecord, repository: RepositoryRecord, inputs: readonly BuildInput[]): HermesJob {
  const message = inputs.map(({ metadata }) => metadata.message).find((text) => text !== undefined && text !== '');
  const login = repository.fullName.split('/')[0] ?? '';
  const { origin } = new URL(repository.webUrl);
  return {
    _id: build.id,
    name: message ?? `${build.pipeline}/${build.job} #${build.number}`,
    workflow: build.event?.workflow?.name ?? build.job,
    repository: repository.fullName,
    repository_id: /^\d+$/.test(repository.forgeId) ? Number(repository.forgeId) : repository.forgeId,
    finished: isEnded(build.status),
    owner: { name: login, login, avatar: `${origin}/${encodeURIComponent(login)}.png` },
    created_at: iso(build.createdAt),
    updated_at: iso(build.endedAt ?? build.startedAt ?? build.createdAt),
  };
}

/** The lines of the newest attempt in the order in which they came, of all its steps, up to a limit. */
export async function hermesLogs(store: Store, build: BuildId): Promise<readonly HermesLog[]> {
  const attempt = (await store.listAttempts(build)).at(-1);
  if (attempt === undefined) return [];
  const lines: HermesLog[] = [];
  /** By step, what it has begun to write of a line, and when. */
  const open = new Map<string, { at: number; bytes: Uint8Array[] }>();
  let size = 0;
  for (let afterSeq = 0; size < MOST_LOG_BYTES; ) {
    const chunks = await store.listLogChunks(attempt.id, { afterSeq, limitBytes: CHUNK_BYTES });
    for (const { step, at, bytes, seq } of chunks) {
      afterSeq = seq;
      size += bytes.byteLength;
      let from = 0;
      for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, from)) {
        const begun = open.get(step);
        open.delete(step);
        lines.push(lineOf(begun?.at ?? at, [...(begun?.bytes ?? []), bytes.subarray(from, end)]));
        from = end + 1;
      }
      if (from === bytes.byteLength) continue;
      const begun = open.get(step) ?? { at, bytes: [] };
      begun.bytes.push(bytes.subarray(from));
      open.set(step, begun);
    }
    if (chunks.length === 0) break;
  }
  return [...lines, ...[...open.values()].map(({ at, bytes }) => lineOf(at, bytes))];
}

function lineOf(at: number, bytes: readonly Uint8Array[]): HermesLog {
  return { timestamp: iso(at), data: Buffer.concat(bytes).toString('utf8').replace(/\r$/, '') };
}
