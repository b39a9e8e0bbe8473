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
