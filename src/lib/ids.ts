declare const brand: unique symbol;

/** A string that names one kind of thing and cannot be handed where another kind is wanted. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };

export type TeamId = Branded<'TeamId'>;
export type PipelineId = Branded<'PipelineId'>;
export type RevisionId = Branded<'RevisionId'>;
export type ResourceId = Branded<'ResourceId'>;
export type VersionId = Branded<'VersionId'>;
export type JobId = Branded<'JobId'>;
export type BuildId = Branded<'BuildId'>;
export type AttemptId = Branded<'AttemptId'>;
export type CheckId = Branded<'CheckId'>;
export type WorkerId = Branded<'WorkerId'>;
export type TestId = Branded<'TestId'>;
export type UserId = Branded<'UserId'>;
export type SessionId = Branded<'SessionId'>;
export type ApiTokenId = Branded<'ApiTokenId'>;
export type RepositoryId = Branded<'RepositoryId'>;
export type DeliveryId = Branded<'DeliveryId'>;

let lastMillis = 0;
let sequence = 0;

/**
 * A new UUIDv7 (RFC 9562) as text: sorts by the time it was made, also within one millisecond of this process (the 12 bits
 * of `rand_a` count up).
 */
export function newId<Id extends Branded<string>>(nowMs: number = Date.now()): Id {
  if (nowMs > lastMillis) {
    lastMillis = nowMs;
    sequence = crypto.getRandomValues(new Uint16Array(1))[0] ?? 0;
    sequence &= 0x7ff;
  } else if (++sequence > 0xfff) {
    lastMillis += 1;
    sequence = 0;
  }
  const time = lastMillis.toString(16).padStart(12, '0');
  const random = crypto.getRandomValues(new Uint8Array(8));
  random[0] = ((random[0] ?? 0) & 0x3f) | 0x80;
  const tail = Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const version = (0x7000 | sequence).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-${version}-${tail.slice(0, 4)}-${tail.slice(4)}` as Id;
}
