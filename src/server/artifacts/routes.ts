/** Artifacts of builds: what there is, what is in it, and the bytes. */
import { archiveRange, gunzipped, type ListedEntry, openIndex } from '../../blobs/archive/archive-index.ts';
import type { BlobStore } from '../../blobs/blobs.ts';
import { byteStream } from '../../lib/byte-stream.ts';
import type { ArtifactEntry, ArtifactView } from '../../protocol/artifacts.ts';
import type { ArtifactRecord } from '../../store/artifacts.ts';
import type { Store } from '../../store/store.ts';
import type { Access } from '../access.ts';
import type { Asker } from '../auth/principal.ts';
import type { Handlers } from '../http/call.ts';
import { notFound } from '../http/problems.ts';
import { blobResponse, rangedResponse } from './blob-response.ts';

export interface ArtifactParts {
  readonly store: Store;
  readonly access: Access;
  readonly blobs: BlobStore;
}

const PAGE = 200;

/** What a build made is its own: a browser saves it, and runs nothing of it. */
const AS_DOWNLOAD = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  'cache-control': 'private, no-cache',
};

export function artifactRoutes({
  store,
  access,
  blobs,
}: ArtifactParts): Handlers<'listArtifacts' | 'getArtifact' | 'downloadArtifact' | 'downloadArtifactFile'> {
  async function find(principal: Asker, params: { build: string; name: string }): Promise<ArtifactRecord> {
    const { id } = await access.build(principal, params.build);
    const artifact = await store.findArtifact(id, params.name);
    if (artifact !== undefined) return artifact;
    const names = (await store.listArtifacts(id)).map(({ name }) => name);
    throw notFound(
      `artifact "${params.name}" of this build`,
      names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`,
    );
  }

  const indexOf = async (artifact: ArtifactRecord) => openIndex(await blobs.get(artifact.indexDigest));

  async function entry(artifact: ArtifactRecord, path: string) {
    const index = await indexOf(artifact);
    for await (const found of index.entries) if (found.path === path) return { found, members: index.members };
    throw notFound(`${JSON.stringify(path)} in the artifact "${artifact.name}"`, 'the artifact lists what is in it');
  }

  return {
    async listArtifacts({ principal, params }) {
      const { id } = await access.build(principal, params.build);
      return (await store.listArtifacts(id)).map(view);
    },

    async getArtifact({ principal, params, query }) {
      const artifact = await find(principal, params);
      const first = Number(query.after ?? 0);
      const limit = query.limit ?? PAGE;
      const items: ArtifactEntry[] = [];
      let at = 0;
      for await (const found of (await indexOf(artifact)).entries) {
        at += 1;
        if (at <= first) continue;
        items.push(entryView(found));
        if (items.length === limit) break;
      }
      const more = first + items.length < artifact.entries;
      return { ...view(artifact), items, ...(more && { next: String(first + items.length) }) };
    },

    async downloadArtifact({ principal, params, range }) {
      const artifact = await find(principal, params);
      return blobResponse(blobs, artifact.digest, range, {
        ...AS_DOWNLOAD,
        'content-type': 'application/gzip',
        'content-disposition': attachment(`${artifact.name}.tar.gz`),
      });
    },

    async downloadArtifactFile({ principal, params, query, range }) {
      const artifact = await find(principal, params);
      const { found, members } = await entry(artifact, query.path);
      if (found.kind !== 'file') {
        throw notFound(
          `file ${JSON.stringify(query.path)} in the artifact "${artifact.name}"`,
          found.kind === 'link' ? `it is a link to ${found.target}` : 'it is a directory: take the files in it',
        );
      }
      const headers = {
        ...AS_DOWNLOAD,
        etag: `"${artifact.digest}-${found.offset}"`,
        'content-disposition': attachment(found.path.split('/').at(-1) ?? 'file'),
      };
      return rangedResponse(found.size, range, headers, async (start, end) => {
        if (start >= end) return new Blob([]).stream();
        const place = archiveRange(members, found.offset + start, found.offset + end);
        const packed = await blobs.get(artifact.digest, place);
        return byteStream(cut(gunzipped(packed), place.skip, end - start));
      });
    },
  };
}

function view(artifact: ArtifactRecord): ArtifactView {
  const { name, resource, step, digest, size, entries, unpackedSize, createdAt } = artifact;
  return { name, resource, step, sha256: digest, size, entries, unpackedSize, createdAt };
}

function entryView({ path, kind, mode, size, mtime, target }: ListedEntry): ArtifactEntry {
  return { path, kind, mode, size, modifiedAt: mtime * 1_000, ...(target !== undefined && { target }) };
}

/** Bytes `[skip, skip + length)` of a stream. */
async function* cut(bytes: AsyncIterable<Uint8Array>, skip: number, length: number): AsyncGenerator<Uint8Array> {
  let [before, left] = [skip, length];
  for await (const part of bytes) {
    const piece = part.subarray(Math.min(before, part.byteLength)).subarray(0, left);
    before -= Math.min(before, part.byteLength);
    left -= piece.byteLength;
    if (piece.byteLength > 0) yield piece;
    if (left === 0) return;
  }
}

/** The name as RFC 6266 wants it: plain for old programs, and as it is for the others. */
function attachment(name: string): string {
  const plain = name.replace(/[^\w.()+ -]/g, '_');
  const whole = encodeURIComponent(name).replace(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}
