/** Artifacts of a build as the API shows them. */
import { z } from 'zod';

export const artifactView = z.object({
  name: z.string(),
  /** Address of the resource, and the step that put it. */
  resource: z.string(),
  step: z.string(),
  /** Of the archive, a `.tar.gz`. */
  sha256: z.string(),
  size: z.int(),
  /** Files, directories and links in it, and how much they are unpacked. */
  entries: z.int(),
  unpackedSize: z.int(),
  createdAt: z.int(),
});
export type ArtifactView = z.infer<typeof artifactView>;

export const artifactEntry = z.object({
  path: z.string(),
  kind: z.enum(['file', 'directory', 'link']),
  /** Permission bits. */
  mode: z.int(),
  size: z.int(),
  /** When it was changed last, as an instant. */
  modifiedAt: z.int(),
  /** Where a link leads. */
  target: z.string().optional(),
});
export type ArtifactEntry = z.infer<typeof artifactEntry>;

/** An artifact with a page of what is in it, in the order of paths. */
export const artifactDetail = artifactView.extend({ items: z.array(artifactEntry), next: z.string().optional() });
export type ArtifactDetail = z.infer<typeof artifactDetail>;

const ARTIFACTS = '/builds/{build}/artifacts';
const archive = { kind: 'bytes', contentType: 'application/gzip' } as const;
const file = { kind: 'bytes', contentType: 'application/octet-stream' } as const;

/** Their part of the table of routes. */
export const artifactRoutes = {
  listArtifacts: {
    method: 'get',
    path: ARTIFACTS,
    tag: 'builds',
    summary: 'Artifacts that a build put',
    answer: { kind: 'json', schema: z.array(artifactView), status: 200 },
  },
  getArtifact: {
    method: 'get',
    path: `${ARTIFACTS}/{name}`,
    tag: 'builds',
    summary: 'An artifact and what is in it, page by page',
    query: z.object({
      after: z
        .string()
        .regex(/^\d{1,9}$/)
        .optional(),
      limit: z.coerce.number().int().min(1).max(1_000).optional(),
    }),
    answer: { kind: 'json', schema: artifactDetail, status: 200 },
  },
  downloadArtifact: {
    method: 'get',
    path: `${ARTIFACTS}/{name}/download`,
    tag: 'builds',
    summary: 'An artifact as a .tar.gz; ranges may be asked for',
    answer: archive,
  },
  downloadArtifactFile: {
    method: 'get',
    path: `${ARTIFACTS}/{name}/file`,
    tag: 'builds',
    summary: 'One file of an artifact; ranges may be asked for',
    query: z.object({ path: z.string().min(1).max(4_096) }),
    answer: file,
  },
} as const;
