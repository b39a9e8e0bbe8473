import { utf8Bytes } from './bytes.ts';

const labelled = new Map<string, TextDecoder | undefined>();

function decoder(label: string): TextDecoder | undefined {
  const key = label.toLowerCase();
  if (labelled.has(key)) return labelled.get(key);
  let made: TextDecoder | undefined;
  try {
    made = new TextDecoder(label, { fatal: true, ignoreBOM: true });
  } catch {
    made = undefined;
  }
  labelled.set(key, made);
  return made;
}

/** Whether there is an encoding of that name (`UTF-16LE`, `ISO-8859-1`, `Shift_JIS`…). */
export const isEncoding = (label: string): boolean => decoder(label) !== undefined;

/** The web takes these names for windows-1252; here they mean what they say: bytes that are code points. */
const isLatin1 = (label: string): boolean =>
  /^(iso[-_]?8859-?1(:1987)?|iso-ir-100|latin1|l1|ibm819|cp819|csisolatin1)$/i.test(label);

/** Undefined if the bytes are not of that encoding. */
export function decodeText(bytes: Uint8Array, label: string): string | undefined {
  if (isLatin1(label)) return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  try {
    return decoder(label)?.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Undefined if some character does not exist in that encoding. The web encodes UTF-8 only, so the others are decoders turned round. */
export function encodeText(text: string, label: string): Uint8Array | undefined {
  const name = label.toLowerCase();
  if (/^utf-?8$/.test(name)) return utf8Bytes(text);
  if (/^utf-16(le|be)?$/.test(name)) return utf16(text, name.endsWith('le'), name === 'utf-16');
  const highest = isLatin1(name) ? 0xff : /^(us-)?ascii$/.test(name) ? 0x7f : undefined;
  if (highest !== undefined) return singleBytes(text, highest);
  const table = reversed(name);
  const bytes: number[] = [];
  for (const character of text) {
    const found = table.get(character) ?? (name === 'gb18030' ? beyondTables(character) : undefined);
    if (found === undefined) return undefined;
    bytes.push(...found);
  }
  return Uint8Array.from(bytes);
}

function singleBytes(text: string, highest: number): Uint8Array | undefined {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  return codes.some((code) => code > highest) ? undefined : Uint8Array.from(codes);
}

function utf16(text: string, littleEndian: boolean, mark: boolean): Uint8Array {
  const units = mark ? `\ufeff${text}` : text;
  const view = new DataView(new ArrayBuffer(units.length * 2));
  for (let at = 0; at < units.length; at += 1) view.setUint16(at * 2, units.charCodeAt(at), littleEndian);
  return new Uint8Array(view.buffer);
}

const tables = new Map<string, ReadonlyMap<string, readonly number[]>>();

/** GB 18030 has four bytes for what its tables do not hold: first the rest of the basic plane, then, from here, all others. */
const GB18030_BMP = 39_420;
const GB18030_ASTRAL = 189_000;

function fourBytes(at: number): [number, number, number, number] {
  return [
    0x81 + Math.floor(at / 12_600),
    0x30 + (Math.floor(at / 1260) % 10),
    0x81 + (Math.floor(at / 10) % 126),
    0x30 + (at % 10),
  ];
}

function beyondTables(character: string): readonly number[] | undefined {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x10000 ? undefined : fourBytes(GB18030_ASTRAL + code - 0x10000);
}

/** Every character of an encoding of one or two bytes, with its bytes. */
function reversed(label: string): ReadonlyMap<string, readonly number[]> {
  const known = tables.get(label);
  if (known !== undefined) return known;
  const table = new Map<string, readonly number[]>();
  const isGb18030 = label === 'gb18030';
  const note = (...bytes: number[]): boolean => {
    const character = decodeText(Uint8Array.from(bytes), label);
    if (character === undefined || [...character].length !== 1) return false;
    if (!table.has(character)) table.set(character, bytes);
    return true;
  };
  for (let first = 0; first < 256; first += 1) {
    // A lone 0x80 is read as a euro sign by decoders of GB 18030, but no encoder writes it.
    if (!(isGb18030 && first === 0x80) && note(first)) continue;
    for (let second = 0x40; second < 256; second += 1) note(first, second);
  }
  if (isGb18030) for (let at = 0; at < GB18030_BMP; at += 1) note(...fourBytes(at));
  tables.set(label, table);
  return table;
}
