/** What differs between the files of two revisions, as a patch that `git apply` takes: it makes exactly the other files, renamed, added and removed ones too. */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import type { SourceBundle } from '../pipeline/model.ts';
import { textDiff } from './text-diff.ts';

type Content = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'bytes'; readonly base64: string };

interface FilePair {
  readonly before?: { readonly path: string; readonly content: Content };
  readonly after?: { readonly path: string; readonly content: Content };
}

export function treePatch(old: SourceBundle, now: SourceBundle): string {
  return pairsOf(old, now).map(filePatch).join('');
}

/** The files of both, by path. The main file is the main file whatever it is called, and one that only moved is no other one. */
function pairsOf(old: SourceBundle, now: SourceBundle): FilePair[] {
  const [before, after] = [contentsOf(old), contentsOf(now)];
  const removed = new Set([...before.keys()].filter((path) => !after.has(path)));
  const origin = new Map<string, string>();
  const added = [...after.keys()].filter((path) => !before.has(path));
  const claim = (path: string, from: string | undefined): void => {
    if (from === undefined || origin.has(path) || !removed.delete(from)) return;
    origin.set(path, from);
  };
  if (added.includes(now.main)) claim(now.main, old.main);
  for (const path of added) {
    const same = JSON.stringify(after.get(path));
    claim(
      path,
      [...removed].find((from) => JSON.stringify(before.get(from)) === same),
    );
  }
  const file = (from: ReadonlyMap<string, Content>, path: string | undefined) => {
    const content = path === undefined ? undefined : from.get(path);
    return path === undefined || content === undefined ? undefined : { path, content };
  };
  const pair = (was: string | undefined, is: string | undefined): FilePair => {
    const [one, other] = [file(before, was), file(after, is)];
    return { ...(one !== undefined && { before: one }), ...(other !== undefined && { after: other }) };
  };
  return [
    ...[...removed].map((path) => pair(path, undefined)),
    ...[...after.keys()].map((path) => pair(before.has(path) ? path : origin.get(path), path)),
  ];
}

function contentsOf({ files, binaries = {} }: SourceBundle): Map<string, Content> {
  return new Map<string, Content>([
    ...Object.entries(files).map(([path, text]) => [path, { kind: 'text', text }] as const),
    ...Object.entries(binaries).map(([path, base64]) => [path, { kind: 'bytes', base64 }] as const),
  ]);
}

function filePatch({ before, after }: FilePair): string {
  const [old, now] = [before ?? after, after ?? before];
  if (old === undefined || now === undefined) return '';
  const moved = old.path !== now.path;
  const changed = before === undefined || after === undefined || !isSame(before.content, after.content);
  if (!changed && !moved) return '';
  const [from, to] = [quoted(`a/${old.path}`), quoted(`b/${now.path}`)];
  const head = [`diff --git ${from} ${to}`];
  if (before === undefined) head.push('new file mode 100644');
  if (after === undefined) head.push('deleted file mode 100644');
  if (moved) {
    if (!changed) head.push('similarity index 100%');
    head.push(`rename from ${quoted(old.path)}`, `rename to ${quoted(now.path)}`);
  }
  const body = changed ? bodyOf(before && { ...before, shown: from }, after && { ...after, shown: to }) : '';
  return `${head.join('\n')}\n${body}`;
}

type Side = { readonly content: Content; readonly shown: string } | undefined;

function bodyOf(before: Side, after: Side): string {
  if (before?.content.kind === 'bytes' || after?.content.kind === 'bytes') {
    const bytes = (side: Side): Uint8Array => (side === undefined ? new Uint8Array() : bytesOf(side.content));
    const literal = (side: Side): string => `literal ${bytes(side).length}\n${base85Lines(deflateSync(bytes(side)))}\n`;
    const id = (side: Side): string => (side === undefined ? '0'.repeat(40) : blobId(bytes(side)));
    return `index ${id(before)}..${id(after)}\nGIT binary patch\n${literal(after)}${literal(before)}`;
  }
  const [old, now] = [before?.content.text ?? '', after?.content.text ?? ''];
  const [, , ...hunks] = textDiff('x', old, now).split('\n');
  if (old === now) return '';
  const named = (side: Side): string =>
    side === undefined ? '/dev/null' : `${side.shown}${side.shown.includes(' ') ? '\t' : ''}`;
  return `--- ${named(before)}\n+++ ${named(after)}\n${hunks.join('\n')}`;
}

/** What git calls these bytes; it applies a patch of bytes only to the ones it was made from. */
const blobId = (bytes: Uint8Array): string =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

const isSame = (one: Content, other: Content): boolean => JSON.stringify(one) === JSON.stringify(other);

const bytesOf = (content: Content): Uint8Array =>
  content.kind === 'text' ? new TextEncoder().encode(content.text) : Buffer.from(content.base64, 'base64');

/** As git quotes a path: only where it would be read as something else. */
function quoted(path: string): string {
  if (!/["\\\x00-\x1f\x7f]/.test(path)) return path;
  const inner = path.replace(/["\\\x00-\x1f\x7f]/g, (character) =>
    character === '"' || character === '\\'
      ? `\\${character}`
      : `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
  return `"${inner}"`;
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~';
const LINE_BYTES = 52;

/** Git's own base 85: lines of at most 52 bytes, each with its length before it as a letter, four bytes as five digits. */
function base85Lines(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += LINE_BYTES) {
    const line = bytes.subarray(start, start + LINE_BYTES);
    const length = line.length <= 26 ? 64 + line.length : 96 + line.length - 26;
    text += String.fromCharCode(length);
    for (let at = 0; at < line.length; at += 4) {
      let word = 0;
      for (let index = 0; index < 4; index += 1) word = word * 256 + (line[at + index] ?? 0);
      let digits = '';
      for (let index = 0; index < 5; index += 1) {
        digits = (ALPHABET[word % 85] ?? '') + digits;
        word = Math.floor(word / 85);
      }
      text += digits;
    }
    text += '\n';
  }
  return text;
}
