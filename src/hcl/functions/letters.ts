import { graphemes } from '../../lib/graphemes.ts';

/** Letters as Go changes them, one code point at a time: `ß` has no capital, and stays. */
export function upperCase(text: string): string {
  return mapCharacters(text, (character) => single(character.toUpperCase(), character));
}

export function lowerCase(text: string): string {
  return mapCharacters(text, (character) => String.fromCodePoint(character.toLowerCase().codePointAt(0) ?? 0));
}

/** Every word with a capital; a word ends at everything but letters, digits and the underscore. */
export function titleCase(text: string): string {
  let inWord = false;
  return mapCharacters(text, (character) => {
    const changed = inWord ? character : single(titleOf(character), character);
    inWord = /[\p{L}\p{N}_]/u.test(character) || (character > '\x7f' && !/\s/u.test(character));
    return changed;
  });
}

/** Unicode has a third form of the letters that look like two: `ǆ`, `Ǆ` and, at the beginning of a word, `ǅ`. */
const titleOf = (character: string): string => TITLE_FORMS.get(character) ?? character.toUpperCase();

const TITLE_FORMS: ReadonlyMap<string, string> = new Map(
  ['ǅǄǆ', 'ǈǇǉ', 'ǋǊǌ', 'ǲǱǳ'].flatMap((forms) => Array.from(forms, (form) => [form, forms.charAt(0)] as const)),
);

/** What a person calls the characters of a text: grapheme clusters. */
export function characters(text: string): readonly string[] {
  if (/^[\x20-\x7e]*$/.test(text)) return text.split('');
  return [...graphemes(text)];
}

const mapCharacters = (text: string, change: (character: string) => string): string =>
  Array.from(text, change).join('');

const single = (changed: string, original: string): string => ([...changed].length === 1 ? changed : original);
