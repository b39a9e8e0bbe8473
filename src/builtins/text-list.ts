/** A parameter that is a list in the pipeline (`["a", "b"]`, which reaches a command as JSON), or one text, perhaps with separators. */
export function textList(text: string | undefined, separator?: string): string[] {
  if (text === undefined || text.trim() === '') return [];
  if (text.trimStart().startsWith('[')) {
    try {
      const list: unknown = JSON.parse(text);
      if (Array.isArray(list)) return list.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
    } catch {
      // A text that begins with a bracket, such as the pattern `[a-z]*`.
    }
  }
  const parts = separator === undefined ? [text] : text.split(separator);
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
