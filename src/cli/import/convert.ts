/** From the text of a file to the text of a pipeline, and what is to be said about it. */
import { assertNever } from '../../lib/assert-never.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { convertConcourse } from './concourse/concourse.ts';
import type { Conversion, Converted, Surroundings } from './conversion.ts';
import { convertGithub } from './github/github.ts';
import { convertGitlab } from './gitlab/gitlab.ts';
import { type Block, oneLine } from './hcl-block.ts';
import { bad, readSource } from './read-source.ts';
import { KINDS, type Kind, recognize, TITLES } from './recognize.ts';
import type { Note } from './report.ts';
import { type FindMistakes, settle } from './settle.ts';
import type { Source } from './source.ts';

export interface ImportResult {
  readonly kind: Kind;
  readonly text: string;
  readonly notes: readonly Note[];
  /** How many settings of the file are in the pipeline. */
  readonly converted: number;
  readonly jobs: number;
  readonly resources: number;
}

/** Throws `import.*`. */
export async function convert(
  kind: Kind,
  text: string,
  file: string,
  surroundings: Surroundings,
  findMistakes: FindMistakes,
): Promise<ImportResult> {
  const root = readSource(text, file);
  checkKind(kind, root, file);
  const { conversion, converted } = convertSource(kind, root, surroundings);
  const blocks = [...usedVariables(conversion, converted), ...converted.blocks];
  conversion.allLeftovers(converted.top);
  const header = [`# From ${oneLine(file)}, ${TITLES[kind]}, by pikoci import.`, converted.top.writeItems()];
  const settled = await settle(header.filter((part) => part !== '').join('\n'), blocks, findMistakes);
  const refused = settled.refused.map(
    ({ what, why }): Note => ({ kind: 'not_converted', file, line: 1, path: what, what, why, instead: undefined }),
  );
  const left = blocks.filter(
    ({ type, labels }) => !refused.some(({ what }) => what.startsWith(`${type} "${labels.join('" "')}"`)),
  );
  return {
    kind,
    text: settled.text,
    notes: [...conversion.notes, ...refused].sort((a, b) => a.line - b.line),
    converted: conversion.countConverted(),
    jobs: left.filter(({ type }) => type === 'job').length,
    resources: left.filter(({ type }) => type === 'resource').length,
  };
}

/** Of what was not converted nothing is left that would need a value. */
function usedVariables({ variables }: Conversion, { blocks }: Converted): Block[] {
  const text = blocks.map((block) => block.write().replaceAll(/^\s*#.*$/gm, '')).join('\n');
  const used = new Set(text.match(/\bvar\.\w+/g));
  return variables.blocks().filter(({ labels }) => used.has(`var.${labels[0]}`));
}

function convertSource(
  kind: Kind,
  root: Source,
  surroundings: Surroundings,
): { readonly conversion: Conversion; readonly converted: Converted } {
  switch (kind) {
    case 'concourse':
      return convertConcourse(root, surroundings);
    case 'github-actions':
      return convertGithub(root, surroundings);
    case 'gitlab':
      return convertGitlab(root, surroundings);
    default:
      return assertNever(kind);
  }
}

function checkKind(kind: Kind, root: Source, file: string): void {
  if (root.kind !== 'map') {
    throw bad(`at the top of ${file} is ${root.kind === 'list' ? 'a list' : 'a text'}, and ${TITLES[kind]} is a map`);
  }
  const found = recognize(root);
  if (found === kind) return;
  if (found === undefined) throw bad(`${file} does not look like ${TITLES[kind]}`, 'is it the right file?');
  if (typeof found === 'object') {
    throw new CodedError('import.other_system', `${file} looks like a file of ${found.another}`, {
      hint: `pikoci imports from ${KINDS.join(', ')}`,
    });
  }
  throw new CodedError('import.other_system', `${file} looks like ${TITLES[found]}, not like ${TITLES[kind]}`, {
    hint: `pikoci import ${found} ${file}`,
  });
}
