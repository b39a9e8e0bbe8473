/**
 * What a line looks like, without reading it properly: after a mistake the parser finds the next thing to go on with by
 * the shape and indentation people give their files.
 */
const ITEM_BEGINNING =
  /[\p{ID_Start}_][\p{ID_Continue}-]*[ \t]*(?:=(?![=>])|(?:"[^"\n]{0,200}"[ \t]*|[\p{ID_Start}_][\p{ID_Continue}-]*[ \t]+){0,8}\{)/uy;

/** Whether an attribute (`name =`) or a block (`name "label" {`) seems to begin at `at`. */
export function looksLikeItem(text: string, at: number): boolean {
  ITEM_BEGINNING.lastIndex = at;
  return ITEM_BEGINNING.test(text);
}

/** How many spaces and tabs the line of `at` begins with. */
export function indentationAt(text: string, at: number): number {
  const start = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
  let end = start;
  while (text.charCodeAt(end) === 32 || text.charCodeAt(end) === 9) end += 1;
  return end - start;
}

/** How many lines a string that was not closed on its own may go on; more is not what anybody meant. */
const MOST_STRING_LINES = 30;
const MOST_HEREDOC_LINES = 100;

/**
 * Where a quoted string ends that was wrongly written over several lines: at the end of the first line that holds a quote of
 * its own, unless an item or a closing brace comes first. `lineEnd` if there is none such: then only the quote was forgotten.
 */
export function endOfSpreadString(text: string, lineEnd: number): number {
  let newline = text.indexOf('\n', lineEnd);
  for (let line = 0; line < MOST_STRING_LINES && newline >= 0; line += 1) {
    const start = newline + 1;
    newline = text.indexOf('\n', start);
    const content = text.slice(start, newline < 0 ? text.length : newline);
    const indented = start + (content.length - content.trimStart().length);
    if (looksLikeItem(text, indented) || /^\s*[}\])]/.test(content)) return lineEnd;
    const quotes = content.replace(/\\./g, '').split('"').length - 1;
    if (quotes === 0) continue;
    return quotes % 2 === 1 ? start + content.length : lineEnd;
  }
  return lineEnd;
}

/** Where a heredoc ends whose opener at `at` cannot be read (`<< EOT`, `<<"EOT"`), if its marker can be found; else `at`. */
export function endOfMisopenedHeredoc(text: string, at: number): number {
  const marker = /^<<-?[ \t]*["']?([\p{ID_Start}_][\p{ID_Continue}-]*)/u.exec(text.slice(at, at + 200))?.[1];
  if (marker === undefined) return at;
  let newline = text.indexOf('\n', at);
  for (let line = 0; line < MOST_HEREDOC_LINES && newline >= 0; line += 1) {
    const start = newline + 1;
    newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    if (end - start < 400 && text.slice(start, end).trim() === marker) return end;
  }
  return at;
}

/** Where a line begins that has `marker` at its front and more behind it: probably meant as the end of a heredoc. -1 if none does. */
export function lineThatBeginsWith(text: string, from: number, marker: string): number {
  for (let newline = text.indexOf('\n', from); newline >= 0; newline = text.indexOf('\n', newline + 1)) {
    const start = newline + 1 + indentationAt(text, newline + 1);
    if (!text.startsWith(marker, start)) continue;
    if (!/^[\p{ID_Continue}-]/u.test(text.slice(start + marker.length, start + marker.length + 2))) return newline + 1;
  }
  return -1;
}
