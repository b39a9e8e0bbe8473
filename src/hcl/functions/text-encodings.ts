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

/** Undefined if the bytes are not of that encoding. */
export function decodeText(bytes: Uint8Array, label: string): string | undefined {
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
  const table = reversed(label);
  const bytes: number[] = [];
  for (const character of text) {
    const found = table.get(character);
    if (found === undefined) return undefined;
    bytes.push(...found);
  }
  return Uint8Array.from(bytes);
}

function utf16(text: string, littleEndian: boolean, mark: boolean): Uint8Array {
  const units = mark ? `\ufeff${text}` : text;
  const view = new DataView(new ArrayBuffer(units.length * 2));
  for (let at = 0; at < units.length; at += 1) view.setUint16(at * 2, units.charCodeAt(at), littleEndian);
  return new Uint8Array(view.buffer);
}

const tables = new Map<string, ReadonlyMap<string, readonly number[]>>();

/** Every character of an encoding of one or two bytes, with its bytes. */
function reversed(label: string): ReadonlyMap<string, readonly number[]> {
  const known = tables.get(label);
  if (known !== undefined) return known;
  const table = new Map<string, readonly number[]>();
  const note = (...bytes: number[]): boolean => {
    const character = decodeText(Uint8Array.from(bytes), label);
    if (character === undefined || [...character].length !== 1) return false;
    if (!table.has(character)) table.set(character, bytes);
    return true;
  };
  for (let first = 0; first < 256; first += 1) {
    if (note(first)) continue;
    for (let second = 0x40; second < 256; second += 1) note(first, second);
  }
  tables.set(label, table);
  return table;
}
