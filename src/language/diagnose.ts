/** Everything that is wrong with a file, as an editor shows it. */
import type { Diagnostic } from '../hcl/diagnostic.ts';
import type { Body } from '../hcl/syntax.ts';
import { editDistance } from '../lib/nearest.ts';
import { loadPipeline } from '../pipeline/load.ts';
import type { SourceBundle } from '../pipeline/model.ts';
import type { Builtins, SourceLoader } from '../pipeline/source.ts';
import { bodySchema } from './schema.ts';
import { type Span, spanInText } from './span.ts';

export interface DiagnoseRequest {
  readonly bundle: SourceBundle;
  readonly body: Body;
  readonly syntaxDiagnostics: readonly Diagnostic[];
  readonly builtins: Builtins;
  readonly sources: SourceLoader;
  readonly registryUrl?: string | undefined;
  /** Texts of sources already fetched, by their address. */
  readonly resolved: ReadonlyMap<string, string>;
}

/** One mistake at its place, in offsets of the text it is in. */
export interface PlacedDiagnostic {
  readonly file: string;
  readonly span: Span;
  readonly severity: Diagnostic['severity'];
  readonly code: string;
  readonly message: string;
  /** The larger thing that it is a part of. */
  readonly context?: Span;
  /** Nothing would change without it. */
  readonly useless: boolean;
  /** The nearest right name. */
  readonly suggestion?: string;
}

export interface Diagnosis {
  readonly diagnostics: readonly PlacedDiagnostic[];
  /** Every text that was read: files of the bundle, fetched sources, built-ins. */
  readonly texts: ReadonlyMap<string, string>;
}

/** A variable without a value is no mistake of the file: whoever sets the pipeline gives it. */
const NOT_OF_THE_FILE: ReadonlySet<string> = new Set(['no-value']);

/** A file without a job is the source of a type, a part of something, or not finished: what it declares is used elsewhere, or will be. */
const NOT_OF_A_PART: ReadonlySet<string> = new Set(
  'empty-pipeline unused-variable unused-local unused-resource unused-notification unused-type useless-output'.split(
    ' ',
  ),
);

const isUseless = (code: string): boolean => code.startsWith('unused-');

export async function diagnose(request: DiagnoseRequest): Promise<Diagnosis> {
  const { bundle, builtins, sources, registryUrl, resolved, body, syntaxDiagnostics } = request;
  const own = new Map(Object.entries(bundle.files));
  if (!isPipeline(body)) return { diagnostics: place(syntaxDiagnostics, own, bundle.main), texts: own };
  const loaded = await loadPipeline({ bundle, variables: {}, sources, builtins, registryUrl, resolved });
  const isPart = !body.items.some((item) => item.kind === 'block' && item.type === 'job') || isModule(body);
  const wanted = loaded.diagnostics.filter(
    ({ code }) => !NOT_OF_THE_FILE.has(code) && !(isPart && NOT_OF_A_PART.has(code)),
  );
  return { diagnostics: place(wanted, loaded.sources, bundle.main), texts: loaded.sources };
}

/** Outputs are only written for who calls the file. */
const isModule = (body: Body): boolean => body.items.some((item) => item.kind === 'block' && item.type === 'output');

/** A file of values for variables has attributes only, and other programs write HCL too: of those the syntax is all that can be said. */
export function isPipeline(body: Body): boolean {
  if (body.items.length === 0) return false;
  const known = Object.keys(bodySchema('pipeline').blocks);
  return body.items.some((item) => item.kind === 'block' && known.some((type) => editDistance(item.type, type) <= 1));
}

function place(
  diagnostics: readonly Diagnostic[],
  texts: ReadonlyMap<string, string>,
  main: string,
): PlacedDiagnostic[] {
  return diagnostics.map((diagnostic) => {
    const { severity, code, subject, context, suggestion } = diagnostic;
    const file = subject?.file ?? main;
    const text = texts.get(file) ?? '';
    return {
      file,
      span: subject === undefined ? { from: 0, to: 0 } : visible(spanInText(text, subject), text),
      severity,
      code,
      message: messageOf(diagnostic),
      useless: isUseless(code),
      ...(context !== undefined && context.file === file && { context: spanInText(text, context) }),
      ...(suggestion !== undefined && { suggestion }),
    };
  });
}

/** An empty place cannot be seen, nor the end of a line: the character before or behind it is underlined too. */
function visible({ from, to }: Span, text: string): Span {
  if (from < to && /\S/.test(text.slice(from, to))) return { from, to };
  if (from < text.length && text[from] !== '\n' && text[from] !== '\r') return { from, to: from + 1 };
  return from > 0 && text[from - 1] !== '\n' ? { from: from - 1, to: from } : { from, to };
}

function messageOf({ summary, detail, suggestion, values }: Diagnostic): string {
  const lines = [`${summary}: ${detail}`];
  if (suggestion !== undefined) lines.push(`Did you mean "${suggestion}"?`);
  for (const { name, text } of values ?? []) lines.push(`${name} is ${text}`);
  return lines.join('\n');
}
