import { z } from 'zod';
import type { Json } from '../lib/json.ts';

/** What a `check` prints: one version of a resource, flat or nested. Its identity is its canonical JSON. */
export const versionFields = z.record(z.string(), z.json() as z.ZodType<Json>);
export type VersionFields = z.infer<typeof versionFields>;

/** Shown beside a version, no part of its identity: author, message, date. */
export const versionMetadata = z.record(z.string(), z.string());
export type VersionMetadata = z.infer<typeof versionMetadata>;
