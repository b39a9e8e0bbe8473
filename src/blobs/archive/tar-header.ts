/** Headers of tar, by the library; what does not fit into one (long or foreign names, sizes over 8 GiB) goes into a PAX header before it. */
import { Header } from 'tar/header';
import { Pax } from 'tar/pax';
import { type ArchiveEntry, BLOCK_BYTES } from './archive-entry.ts';

const TYPES = { file: 'File', directory: 'Directory', link: 'SymbolicLink' } as const;

/** One or more blocks. The same entry gives the same bytes: there is no owner and no clock in them. */
export function encodeHeader(entry: ArchiveEntry): Uint8Array {
  const about = {
    path: entry.kind === 'directory' ? `${entry.path}/` : entry.path,
    mode: entry.mode,
    uid: 0,
    gid: 0,
    size: entry.kind === 'file' ? entry.size : 0,
    mtime: new Date(entry.mtime * 1_000),
    type: TYPES[entry.kind],
    ...(entry.kind === 'link' && { linkpath: entry.target }),
  };
  const block = Buffer.alloc(BLOCK_BYTES);
  const needsPax = new Header(about).encode(block, 0);
  if (!needsPax) return block;
  const { path, size } = about;
  const pax = new Pax({ path, size, ...(entry.kind === 'link' && { linkpath: entry.target }) }).encode();
  return Buffer.concat([pax, block]);
}

export type TarHeader =
  | { readonly kind: 'end' }
  /** Attributes of the entry behind it. */
  | { readonly kind: 'pax'; readonly size: number }
  | {
      readonly kind: 'entry';
      readonly path: string;
      readonly type: string;
      readonly size: number;
      readonly mode: number;
      readonly mtime: number;
      readonly target: string;
    };

/** What a PAX header says of the entry behind it. */
export interface PaxFields {
  readonly path?: string;
  readonly linkpath?: string;
  readonly size?: string;
}

/** Undefined for what is no header. */
export function decodeHeader(block: Buffer, pax: PaxFields = {}): TarHeader | undefined {
  const header = new Header(block);
  if (header.nullBlock) return { kind: 'end' };
  if (!header.cksumValid) return undefined;
  const size = header.size ?? 0;
  if (header.type === 'ExtendedHeader') return { kind: 'pax', size };
  return {
    kind: 'entry',
    path: pax.path ?? header.path ?? '',
    type: String(header.type),
    size: pax.size === undefined ? size : Number(pax.size),
    mode: header.mode ?? 0o644,
    mtime: Math.floor((header.mtime?.getTime() ?? 0) / 1_000),
    target: pax.linkpath ?? header.linkpath ?? '',
  };
}

/** Records `LENGTH KEY=VALUE\n`; a value may have line feeds in it. Undefined for what is none. */
export function decodePax(bytes: Buffer): PaxFields | undefined {
  const fields: Record<string, string> = {};
  for (let at = 0; at < bytes.byteLength; ) {
    const length = Number(/^\d{1,9}/.exec(bytes.toString('latin1', at, at + 10))?.[0] ?? 0);
    const record = bytes.toString('utf8', at, at + length);
    const [, key, value] = /^\d+ ([^=]+)=(.*)\n$/s.exec(record) ?? [];
    if (key === undefined || value === undefined) return undefined;
    fields[key] = value;
    at += length;
  }
  return fields;
}
