import { type Diagnostic, type DiagnosticPlace, errorDiagnostic, warningDiagnostic } from '../hcl/diagnostic.ts';
import { parseConfig } from '../hcl/parse.ts';
import type { Range } from '../hcl/position.ts';
import type { Block, Body } from '../hcl/syntax.ts';
import { BlockReader, type Report, readLabels } from './block-reader.ts';
import { Expressions } from './expressions.ts';
import type { LoadRequest } from './load-request.ts';
import { type Lock, lockFileOf, readLock } from './lock-file.ts';
import type { FetchedSource, UsedSource } from './source.ts';

/** Blocks of a pipeline that end up in another one when a brace or bracket is missing before them. */
const KNOWN_BLOCKS: ReadonlySet<string> = new Set([
  ...['variable', 'locals', 'resource', 'job', 'notification', 'runner_type', 'resource_type', 'service_type'],
  ...['secret_type', 'notification_type', 'get', 'task', 'put', 'notify', 'in_parallel', 'service', 'run', 'params'],
]);

/** What all parts of one load share: the request, the messages so far, the texts read. */
export class Loading {
  readonly request: LoadRequest;
  readonly diagnostics: Diagnostic[] = [];
  /** Every text read, by the name that messages call it. */
  readonly texts = new Map<string, string>();
  readonly report: Report;
  readonly usedSources: UsedSource[] = [];
  everySourceFound = true;
  /** What was asked of the web, by address and pin. */
  readonly fetched = new Map<string, Promise<FetchedSource>>();
  /** What lies beside the pipeline; a broken one is reported, and counts as none. */
  readonly lock: Lock | undefined;
  readonly expressions: Expressions;

  constructor(request: LoadRequest) {
    this.request = request;
    this.report = (diagnostic) => {
      // A block that stands for several jobs is read once for each: what is wrong with it is said once.
      const key = JSON.stringify(diagnostic);
      if (this.#seen.has(key)) return;
      this.#seen.add(key);
      this.diagnostics.push(diagnostic);
    };
    this.expressions = new Expressions(this.report);
    const { main, files } = request.bundle;
    const lockFile = lockFileOf(main);
    const lock = Object.hasOwn(files, lockFile) ? files[lockFile] : undefined;
    if (lock === undefined) return;
    this.texts.set(lockFile, lock);
    this.lock = readLock(lock, lockFile, this.report);
  }

  readonly #seen = new Set<string>();
  #unclosed = false;

  parse(file: string, text: string): Body {
    this.texts.set(file, text);
    const { body, diagnostics } = parseConfig(text, file);
    for (const diagnostic of diagnostics) this.report(diagnostic);
    this.#unclosed ||= diagnostics.some(({ code }) => code.startsWith('unclosed'));
    return body;
  }

  reader(body: Body, owner: string): BlockReader {
    return new BlockReader(body, owner, this.report, (type) => this.#unclosed && KNOWN_BLOCKS.has(type));
  }

  labels(block: Block, ...names: string[]): readonly string[] | undefined {
    return readLabels(block, names, this.report);
  }

  error(code: string, summary: string, detail: string, place: DiagnosticPlace): void {
    this.report(errorDiagnostic(code, summary, detail, place));
  }

  warning(code: string, summary: string, detail: string, place: DiagnosticPlace): void {
    this.report(warningDiagnostic(code, summary, detail, place));
  }

  /** Whether a name may stand in addresses, environment names and links; otherwise that is reported. */
  isName(name: string, kind: string, subject: Range): boolean {
    if (/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) && name.length <= 100) return true;
    const detail =
      name.length > 100
        ? `The name of a ${kind} has at most 100 characters.`
        : `The name of a ${kind} is made of letters, digits, "-", "_" and ".", and does not begin with "-" or ".".`;
    this.error('bad-name', 'Not a usable name', detail, { subject });
    return false;
  }
}

/** Where the label of that number stands; the block's header if it has none. */
export function labelRange(block: Block, index: number): Range {
  return block.labels[index]?.range ?? block.headerRange;
}
