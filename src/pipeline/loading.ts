import {
  type Diagnostic,
  type DiagnosticPlace,
  errorDiagnostic,
  hasErrors,
  warningDiagnostic,
} from '../hcl/diagnostic.ts';
import { parseConfig } from '../hcl/parse.ts';
import type { Range } from '../hcl/position.ts';
import type { Block, Body } from '../hcl/syntax.ts';
import { BlockReader, type Report, readLabels } from './block-reader.ts';
import { Expressions } from './expressions.ts';
import { JOB_WORDS } from './job-words.ts';
import type { LoadRequest } from './load-request.ts';
import { type Lock, lockFileOf, readLock } from './lock-file.ts';
import type { FetchedSource, UsedSource } from './source.ts';

/** Blocks of a pipeline that end up in another one when a brace or bracket is missing before them. */
const KNOWN_BLOCKS: ReadonlySet<string> = new Set([
  ...[
    'variable',
    'locals',
    'module',
    'output',
    'resource',
    'job',
    'notification',
    'runner_type',
    'resource_type',
    'service_type',
  ],
  ...['secret_type', 'notification_type', 'run', 'params', 'secret', 'env', ...JOB_WORDS],
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
      const key = identityOf(diagnostic);
      if (this.#seen.has(key)) return;
      this.#seen.add(key);
      // `on_failure = { task "t" { … } }`: what the parser stumbled over follows from the equals sign.
      if (diagnostic.code === 'attribute-for-block') this.#forgetUnread(diagnostic.context);
      const detail = `${diagnostic.detail}${this.#whichModule()}`;
      this.diagnostics.push({ ...diagnostic, detail });
    };
    this.expressions = new Expressions(
      this.report,
      ({ code }, root, name) => this.#headless || (code !== 'name-not-here' && this.#isLostReference(root, name)),
    );
    const { main, files } = request.bundle;
    const lockFile = lockFileOf(main);
    const lock = Object.hasOwn(files, lockFile) ? files[lockFile] : undefined;
    if (lock === undefined) return;
    this.texts.set(lockFile, lock);
    this.lock = readLock(lock, lockFile, this.report);
  }

  readonly #seen = new Set<string>();
  #unclosed = false;
  #closedTooMuch = false;
  /** A block has lost its first line, so it may be any that is missed elsewhere. */
  #headless = false;
  /** Places that the parser could not read. */
  readonly #unread: Range[] = [];
  /** Kinds of blocks of which some had too few or too many labels, each with how many labels those had. */
  readonly #looks = new Map<string, boolean>();
  readonly #mislabelled = new Map<string, Set<string>>();
  /** The calls of modules around what is read now, the innermost first. */
  readonly #modules: string[] = [];

  /** Until the result is disposed of, messages say that they are about that call of a module, `module "go" (p.hcl, line 3)`; undefined: of none. */
  inModule(call: string | undefined): Disposable {
    if (call === undefined) return { [Symbol.dispose]: () => undefined };
    this.#modules.unshift(call);
    return { [Symbol.dispose]: () => this.#modules.shift() };
  }

  #whichModule(): string {
    return this.#modules.length === 0 ? '' : ` In ${this.#modules.join(' of ')}.`;
  }

  parse(file: string, text: string): Body {
    this.texts.set(file, text);
    const { body, diagnostics } = parseConfig(text, file);
    for (const diagnostic of diagnostics) this.report(diagnostic);
    this.#unclosed ||= diagnostics.some(({ code }) => code.startsWith('unclosed') || code === 'nesting-too-deep');
    this.#closedTooMuch ||= diagnostics.some(({ code }) => code === 'stray-brace');
    this.#headless ||= diagnostics.some(({ code }) => code === 'missing-header');
    for (const { subject } of diagnostics.slice(0, MOST_UNREAD)) if (subject !== undefined) this.#unread.push(subject);
    return body;
  }

  reader(body: Body, owner: string): BlockReader {
    const strays = this.#unclosed || this.#closedTooMuch;
    return new BlockReader(body, owner, this.report, (type) => strays && KNOWN_BLOCKS.has(type));
  }

  labels(block: Block, ...names: string[]): readonly string[] | undefined {
    const labels = readLabels(block, names, this.report);
    if (labels === undefined) this.#noteMislabelled(block);
    return labels;
  }

  /** Errors after which it is not known any more what a type takes; a parameter that it does not take is none of them. */
  errorCount(): number {
    return this.diagnostics.filter(({ severity, code }) => severity === 'error' && code !== 'unknown-parameter').length;
  }

  /** Whether the parser could not read something on the lines of this range. */
  isUnread(range: Range): boolean {
    if (this.#unread.length === 0) return false;
    return this.#unread.some((place) => isOnLinesOf(place, range));
  }

  #forgetUnread(range: Range | undefined): void {
    if (range === undefined || this.#unread.length === 0) return;
    const isThere = ({ subject }: Diagnostic): boolean =>
      subject !== undefined && this.#unread.includes(subject) && isOnLinesOf(subject, range);
    this.diagnostics.splice(0, this.diagnostics.length, ...this.diagnostics.filter((known) => !isThere(known)));
  }

  /**
   * Whether a block of that kind and those labels stands in the text, though it could not be read for what it is. That was reported at the block,
   * so what refers to it is not wrong as well.
   */
  isLost(kind: string, ...labels: readonly string[]): boolean {
    if (this.#headless) return true;
    const mislabelled = this.#mislabelled.get(kind);
    if (mislabelled !== undefined) {
      if (mislabelled.has('') || labels.some((label) => mislabelled.has(label))) return true;
    }
    const words = [kind, ...labels].map(escapeForPattern).join('[^\\w\\n{}-]+');
    return this.#stands(`(?:^|[\\s{}])${words}(?![\\w-])`);
  }

  #isLostReference(root: string, name: string): boolean {
    switch (root) {
      case 'var':
        return this.isLost('variable', name);
      case 'local':
        if (this.#unread.length === 0 && !this.diagnostics.some(({ code }) => code === 'attribute-for-block'))
          return false;
        return this.#stands(`(?:^|[\\s{,"'])${escapeForPattern(name)}["']?\\s*[=:["'{(<]`);
      case 'task':
        return this.#unread.length > 0 && this.isLost('task', name);
      case 'get':
        if (this.#unread.length === 0) return false;
        return this.#stands(`(?:get|put)\\s[^\\n{}]*\\b${escapeForPattern(name)}(?![\\w-])`);
      default:
        return false;
    }
  }

  /** Looks through the text, but only when something was wrong before, and not endlessly often. */
  #stands(pattern: string): boolean {
    if (!hasErrors(this.diagnostics)) return false;
    const known = this.#looks.get(pattern);
    if (known !== undefined || this.#looks.size >= MOST_LOOKS) return known ?? false;
    const expression = new RegExp(`^(?![ \\t]*(?:#|//))[^\\n]*?${pattern}`, 'm');
    const { files } = this.request.bundle;
    const stands = [...this.texts].some(([file, text]) => Object.hasOwn(files, file) && expression.test(text));
    this.#looks.set(pattern, stands);
    return stands;
  }

  #noteMislabelled(block: Block): void {
    const labels = this.#mislabelled.get(block.type) ?? new Set<string>();
    // `resource "git.app"` is both words; without any label it could be every name.
    for (const { value } of block.labels) for (const part of [value, ...value.split('.')]) labels.add(part);
    if (block.labels.length === 0) labels.add('');
    this.#mislabelled.set(block.type, labels);
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

const MOST_LOOKS = 200;
const MOST_UNREAD = 500;

const isOnLinesOf = (place: Range, { file, start, end }: Range): boolean =>
  place.file === file && place.start.line >= start.line && place.start.line <= end.line;

const escapeForPattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** An unknown name is one mistake, whatever the blocks are called that were made of the one it stands in. */
function identityOf({ detail, ...rest }: Diagnostic): string {
  const byPlace = rest.code === 'unknown-attribute' || rest.code === 'unknown-block';
  return JSON.stringify(byPlace && rest.subject !== undefined ? rest : { ...rest, detail });
}

/** Where the label of that number stands; the block's header if it has none. */
export function labelRange(block: Block, index: number): Range {
  return block.labels[index]?.range ?? block.headerRange;
}
