/** The function whose arguments are being typed, and which of them. */
import { cursorAt } from './cursor.ts';
import { languageFunctions, signatureOf, signatureParameters } from './describe.ts';
import type { PipelineDocument } from './document.ts';

export interface SignatureHelp {
  readonly signature: string;
  /** Markdown. */
  readonly doc: string;
  /** Each a part of the signature. */
  readonly parameters: readonly { readonly label: string; readonly doc: string }[];
  readonly active: number;
}

export function signatureAt(document: PipelineDocument, offset: number): SignatureHelp | undefined {
  for (const { name, argument } of cursorAt(document.text, offset).calls) {
    const entry = languageFunctions().get(name);
    if (entry === undefined) continue;
    const labels = signatureParameters(entry);
    const docs = [...entry.parameters, ...(entry.rest === undefined ? [] : [entry.rest])].map(({ doc }) => doc);
    return {
      signature: signatureOf(entry),
      doc: entry.doc,
      parameters: labels.map((label, at) => ({ label, doc: docs[at] ?? '' })),
      // All arguments from there on are of the last parameter, if it takes any number.
      active: entry.rest === undefined ? argument : Math.min(argument, labels.length - 1),
    };
  }
  return undefined;
}
