/** What may be written at the cursor. */
import { assertNever } from '../lib/assert-never.ts';
import { completeExpression } from './complete-expression.ts';
import { completeItem, completeKey } from './complete-item.ts';
import { completeLabel } from './complete-label.ts';
import { completeText, type ListDirectory } from './complete-text.ts';
import type { Completion } from './completion.ts';
import { cursorAt } from './cursor.ts';
import type { PipelineDocument } from './document.ts';

/** `list` reads a directory of the bundle; without it no files are offered. */
export async function completionsAt(
  document: PipelineDocument,
  offset: number,
  list: ListDirectory = async () => [],
): Promise<readonly Completion[]> {
  const cursor = cursorAt(document.text, offset);
  const { place } = cursor;
  switch (place.kind) {
    case 'nowhere':
      return [];
    case 'item':
      return completeItem(document, cursor);
    case 'label':
      return completeLabel(document, cursor, place);
    case 'key':
      return completeKey(document, cursor);
    case 'expression':
      return completeExpression(document, cursor, place.path);
    case 'text':
      return completeText(document, cursor, list);
    default:
      return assertNever(place);
  }
}
