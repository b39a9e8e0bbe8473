import { z } from 'zod';
import type { Json } from '../../lib/json.ts';
import { type VersionFields, type VersionMetadata, versionFields } from '../../protocol/version.ts';

export interface FoundVersion {
  readonly version: VersionFields;
  readonly metadata: VersionMetadata;
}

const withMetadata = z.strictObject({
  version: versionFields,
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});

/**
 * Reads one version as a resource type's command prints it: its fields (`{"ref": "…"}`), or fields and what is shown beside them
 * (`{"version": {…}, "metadata": {…}}`). Undefined for what is neither.
 */
export function readVersion(value: Json): FoundVersion | undefined {
  const long = withMetadata.safeParse(value);
  if (long.success) {
    const metadata = Object.entries(long.data.metadata ?? {}).map(([key, item]) => [key, String(item)] as const);
    return { version: long.data.version, metadata: Object.fromEntries(metadata) };
  }
  const short = versionFields.safeParse(value);
  return short.success && !Array.isArray(value) ? { version: short.data, metadata: {} } : undefined;
}
