/** Renames what has a name, wherever the file names it; or says why that cannot be done. */
import { assertNever } from '../lib/assert-never.ts';
import { declarationOf } from './describe-symbol.ts';
import type { PipelineDocument } from './document.ts';
import { moduleCalled } from './modules.ts';
import { occurrenceAt, referencesAt } from './navigate.ts';
import type { Span } from './span.ts';
import { type PipelineSymbol, symbolKey } from './symbols.ts';

export type Renaming =
  | { readonly kind: 'edits'; readonly edits: readonly { readonly span: Span; readonly text: string }[] }
  | { readonly kind: 'refused'; readonly reason: string };

export type RenamePlace =
  | { readonly kind: 'name'; readonly span: Span; readonly name: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** What a rename at this place would be of. */
export function prepareRename(document: PipelineDocument, offset: number): RenamePlace {
  const occurrence = occurrenceAt(document, offset);
  if (occurrence === undefined) {
    return {
      kind: 'refused',
      reason:
        'There is no name here that could be changed: put the cursor on a variable, local, resource, job, task or type.',
    };
  }
  const { symbol, span } = occurrence;
  if (symbol.kind === 'module') {
    const reason = `"${symbol.name}" is a part of the names of what the module brings (${symbol.name}--…), so builds and versions would stay behind under the old one. Change it by hand.`;
    return { kind: 'refused', reason };
  }
  if (symbol.kind === 'module input' || symbol.kind === 'module output') {
    const source = moduleCalled(document, symbol.module)?.source ?? 'its own file';
    const what = symbol.kind === 'module input' ? 'a variable' : 'an output';
    const reason = `"${symbol.name}" is ${what} of the module in ${source}. Rename it there, and the calls follow.`;
    return { kind: 'refused', reason };
  }
  if (declarationOf(document, symbol) === undefined) {
    const reason =
      symbol.kind === 'type' && document.types.find(symbol.of, symbol.name) !== undefined
        ? `"${symbol.name}" is built in; its name cannot be changed.`
        : `${nounOf(symbol)} "${symbol.name}" is not declared in this file, so its name cannot be changed here.`;
    return { kind: 'refused', reason };
  }
  return { kind: 'name', span, name: symbol.name };
}

export function renameAt(document: PipelineDocument, offset: number, wanted: string): Renaming {
  const place = prepareRename(document, offset);
  const symbol = occurrenceAt(document, offset)?.symbol;
  if (place.kind === 'refused') return place;
  if (symbol === undefined || wanted === place.name) return { kind: 'edits', edits: [] };
  const wrong = wrongName(symbol, wanted);
  if (wrong !== undefined) return { kind: 'refused', reason: wrong };
  if (isTaken(document, { ...symbol, name: wanted })) {
    return { kind: 'refused', reason: `There is a ${nounOf(symbol).toLowerCase()} "${wanted}" already.` };
  }
  const spans = referencesAt(document, offset, true);
  return { kind: 'edits', edits: spans.map((span) => ({ span, text: wanted })) };
}

/** `.name` in an expression can be no other word than this; a label can be what the loader takes for a name. */
function wrongName(symbol: PipelineSymbol, wanted: string): string | undefined {
  const mustBeWord =
    symbol.kind === 'local' ||
    symbol.kind === 'variable' ||
    symbol.kind === 'output' ||
    symbol.kind === 'resource' ||
    symbol.kind === 'task';
  if (mustBeWord && !/^[\p{ID_Start}_][\p{ID_Continue}-]*$/u.test(wanted)) {
    return `"${wanted}" cannot be the name of a ${nounOf(symbol).toLowerCase()}: expressions call it by its name, so it is made of letters, digits, "-" and "_", and begins with a letter or "_".`;
  }
  if (symbol.kind === 'local') return undefined;
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(wanted) && wanted.length <= 100) return undefined;
  return `"${wanted}" cannot be the name of a ${nounOf(symbol).toLowerCase()}: a name is made of letters, digits, "-", "_" and ".", does not begin with "-" or ".", and has at most 100 characters.`;
}

const isTaken = (document: PipelineDocument, symbol: PipelineSymbol): boolean => {
  if (declarationOf(document, symbol) !== undefined) return true;
  const key = symbolKey(symbol);
  // A name that is used but not declared would begin to mean this one.
  return document.occurrences.some((occurrence) => symbolKey(occurrence.symbol) === key && symbol.kind !== 'type');
};

function nounOf(symbol: PipelineSymbol): string {
  switch (symbol.kind) {
    case 'variable':
      return 'Variable';
    case 'local':
      return 'Local';
    case 'job':
      return 'Job';
    case 'module':
      return 'Module';
    case 'output':
      return 'Output';
    case 'module input':
      return 'Input';
    case 'module output':
      return 'Output';
    case 'resource':
      return 'Resource';
    case 'notification':
      return 'Notification';
    case 'task':
      return 'Task';
    case 'type':
      return `${symbol.of.charAt(0).toUpperCase()}${symbol.of.slice(1).replace('_', ' ')}`;
    default:
      return assertNever(symbol);
  }
}
