/** The text of what was converted, as `pikoci fmt` has it, and valid: a block that is not becomes a comment. */
import type { Diagnostic } from '../../hcl/diagnostic.ts';
import { formatConfig } from '../../hcl/format.ts';
import { parseConfig } from '../../hcl/parse.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { type Block, oneLine } from './hcl-block.ts';

const FILE = 'pipeline.hcl';

/** What is wrong with a text; errors only. */
export type FindMistakes = (text: string) => Promise<readonly Diagnostic[]>;

export interface Settled {
  readonly text: string;
  /** Blocks that would not have been valid: what each was, and why. */
  readonly refused: readonly { readonly what: string; readonly why: string }[];
}

/** `header` is comments. Each round takes out what the mistakes of the one before are in. */
export async function settle(header: string, blocks: readonly Block[], findMistakes: FindMistakes): Promise<Settled> {
  const whys = new Map<Block, string>();
  for (let round = 0; ; round += 1) {
    const text = formatted(
      [header, ...blocks.map((block) => written(block, whys.get(block)))].filter((part) => part !== '').join('\n\n'),
    );
    const mistakes = await findMistakes(text);
    if (mistakes.length === 0) {
      return { text, refused: [...whys].map(([block, why]) => ({ what: nameOfBlock(block), why })) };
    }
    const kept = blocks.filter((block) => block.type !== '' && !whys.has(block));
    const before = whys.size;
    for (const [at, why] of whereWrong(text, mistakes)) {
      const block = kept[at];
      if (block !== undefined) whys.set(block, why);
    }
    if (whys.size === before || round > blocks.length) {
      const [first] = mistakes;
      throw new CodedError('import.not_valid', `what was converted is not valid: ${first?.summary}: ${first?.detail}`, {
        hint: 'this is a mistake of pikoci import; the file that was converted would show where',
      });
    }
  }
}

function formatted(text: string): string {
  const result = formatConfig(`${text}\n`, FILE);
  if (result.kind === 'formatted') return result.text;
  // It is said in words by whoever loads it.
  return `${text}\n`;
}

/** By the number of its block among those that are no comments. */
function whereWrong(text: string, mistakes: readonly Diagnostic[]): Map<number, string> {
  const { body } = parseConfig(text, FILE);
  const found = new Map<number, string>();
  body.items.forEach(({ range }, at) => {
    const wrong = mistakes.find(({ subject }) => {
      const line = subject?.start.line ?? 0;
      return line >= range.start.line && line <= range.end.line;
    });
    if (wrong !== undefined) found.set(at, oneLine(`${wrong.summary}: ${wrong.detail}`));
  });
  return found;
}

function written(block: Block, why: string | undefined): string {
  if (why === undefined) return block.write();
  const lines = block.write().split('\n');
  return [`# not converted: ${nameOfBlock(block)} would not be valid: ${why}`, ...lines.map((line) => `#   ${line}`)]
    .map((line) => line.trimEnd())
    .join('\n');
}

const nameOfBlock = ({ type, labels }: Block): string =>
  oneLine([type, ...labels.map((label) => `"${label}"`)].join(' '));
