import { type Diagnostic, errorDiagnostic } from './diagnostic.ts';
import type { SourceText } from './source-text.ts';
import type { TemplatePart } from './syntax.ts';
import type { DirectiveToken, TemplateToken } from './template-tokens.ts';

type Opener = Extract<DirectiveToken, { kind: 'if' | 'for' }>;

interface Frame {
  readonly opener: Opener | undefined;
  readonly parts: TemplatePart[];
  otherwise: TemplatePart[] | undefined;
}

export interface BuiltTemplate {
  readonly parts: readonly TemplatePart[];
  readonly mistake: Diagnostic | undefined;
}

/**
 * Makes the tree of a flat template: what stands between `%{ if }` and `%{ endif }` goes into the `if`. Directives may lie
 * `maxDepth` deep in each other. The first mistake ends it.
 */
export function buildTemplate(source: SourceText, tokens: readonly TemplateToken[], maxDepth: number): BuiltTemplate {
  const frames: Frame[] = [{ opener: undefined, parts: [], otherwise: undefined }];
  for (const token of tokens) {
    const frame = frames.at(-1);
    if (frame === undefined) break;
    const target = frame.otherwise ?? frame.parts;
    const range = source.range(token.from, token.to);
    switch (token.kind) {
      case 'text':
        if (token.text !== '') addText(target, token.text, source, token.from, token.to);
        break;
      case 'interpolation':
        target.push({ kind: 'interpolation', expression: token.expression, range });
        break;
      case 'if':
      case 'for':
        if (frames.length > maxDepth) return stop(tooDeep(source, token));
        frames.push({ opener: token, parts: [], otherwise: undefined });
        break;
      case 'else':
        if (frame.opener?.kind !== 'if' || frame.otherwise !== undefined) {
          return stop(unexpected(source, token, frame));
        }
        frame.otherwise = [];
        break;
      case 'endif':
      case 'endfor': {
        const { opener } = frame;
        const parent = frames.at(-2);
        if (opener === undefined || parent === undefined || `end${opener.kind}` !== token.kind) {
          return stop(unexpected(source, token, frame));
        }
        frames.pop();
        (parent.otherwise ?? parent.parts).push(close(opener, frame, source.range(opener.from, token.to)));
        break;
      }
    }
  }
  const open = frames.at(-1)?.opener;
  if (open !== undefined) {
    return stop(
      errorDiagnostic(
        'unclosed-directive',
        'Unclosed template directive',
        `This %{ ${open.kind} } has no %{ end${open.kind} }.`,
        { subject: source.range(open.from, open.to) },
      ),
    );
  }
  return { parts: frames[0]?.parts ?? [], mistake: undefined };
}

const stop = (mistake: Diagnostic): BuiltTemplate => ({ parts: [], mistake });

function addText(target: TemplatePart[], text: string, source: SourceText, from: number, to: number): void {
  const last = target.at(-1);
  if (last?.kind === 'text') {
    target[target.length - 1] = { kind: 'text', text: last.text + text, range: source.range(startOf(last, from), to) };
  } else {
    target.push({ kind: 'text', text, range: source.range(from, to) });
  }
}

function startOf(part: TemplatePart, fallback: number): number {
  return 'from' in part.range && typeof part.range.from === 'number' ? part.range.from : fallback;
}

function close(opener: Opener, frame: Frame, range: TemplatePart['range']): TemplatePart {
  if (opener.kind === 'if') {
    return { kind: 'if', condition: opener.condition, whenTrue: frame.parts, whenFalse: frame.otherwise, range };
  }
  const { keyName, valueName, collection } = opener;
  return { kind: 'for', keyName, valueName, collection, body: frame.parts, range };
}

function unexpected(source: SourceText, token: DirectiveToken, frame: Frame): Diagnostic {
  const place = { subject: source.range(token.from, token.to) };
  const opener = frame.opener;
  if (token.kind === 'else' && frame.otherwise !== undefined) {
    return errorDiagnostic('unexpected-directive', 'Second else', 'This %{ if } has an %{ else } already.', place);
  }
  if (opener !== undefined) {
    const { line } = source.positionAt(opener.from);
    return errorDiagnostic(
      'unexpected-directive',
      'Unexpected template directive',
      `%{ ${token.kind} } cannot end the %{ ${opener.kind} } opened on line ${line}; %{ end${opener.kind} } must come first.`,
      place,
    );
  }
  const opens = token.kind === 'endfor' ? 'for' : 'if';
  return errorDiagnostic(
    'unexpected-directive',
    'Unexpected template directive',
    `%{ ${token.kind} } has no %{ ${opens} … } before it.`,
    place,
  );
}

function tooDeep(source: SourceText, token: DirectiveToken): Diagnostic {
  return errorDiagnostic(
    'nesting-too-deep',
    'Nested too deeply',
    'Template directives lie too deep in each other here.',
    {
      subject: source.range(token.from, token.to),
    },
  );
}
