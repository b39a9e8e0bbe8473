/** Variables of GitLab: those of the file, those that GitLab sets, and those that stand in its settings. */
import { Expression, type HclValue, joinTexts, quoted, template } from '../hcl-text.ts';
import type { Text } from '../shell-text.ts';
import type { Pipeline } from './gitlab.ts';

export interface ValuePlace {
  readonly pipeline: Pipeline;
  readonly onTags: boolean;
  /** By name, as written: of the job over those of the file. */
  readonly table: ReadonlyMap<string, string>;
  /** What is another thing in each job of a matrix. */
  readonly axes?: ReadonlyMap<string, HclValue>;
}

interface Predefined {
  readonly hcl: Text;
  /** In double quotes of a shell. */
  readonly shell: string;
}

/** What GitLab sets. `undefined`: it is none, or pikoci has nothing like it. */
export function predefined(name: string, { pipeline, onTags }: ValuePlace): Predefined | undefined {
  const { path, server } = pipeline.repository;
  const get = onTags ? 'tags' : 'repo';
  const ref = onTags ? 'get.tags.tag' : 'get.repo.branch';
  const shellRef = onTags ? '$GET_TAGS_TAG' : '$GET_REPO_BRANCH';
  const hcl = (source: string, shell: string): Predefined => ({ hcl: new Expression(source), shell });
  const text = (value: string): Predefined => ({ hcl: value, shell: value.replaceAll(/["$`\\]/g, '\\$&') });
  switch (name) {
    case 'CI':
    case 'GITLAB_CI':
      return text('true');
    case 'CI_COMMIT_SHA':
      return hcl(`get.${get}.ref`, `$GET_${get.toUpperCase()}_REF`);
    case 'CI_COMMIT_SHORT_SHA':
      return hcl(`substr(get.${get}.ref, 0, 8)`, `$(printf %.8s "$GET_${get.toUpperCase()}_REF")`);
    case 'CI_COMMIT_BRANCH':
      return onTags ? text('') : hcl(ref, shellRef);
    case 'CI_COMMIT_TAG':
      return onTags ? hcl(ref, shellRef) : text('');
    case 'CI_COMMIT_REF_NAME':
      return hcl(ref, shellRef);
    case 'CI_COMMIT_REF_SLUG':
      return hcl(
        `lower(replace(${ref}, "/[^A-Za-z0-9]+/", "-"))`,
        `$(printf %s "${shellRef}" | tr A-Z a-z | sed 's/[^a-z0-9][^a-z0-9]*/-/g')`,
      );
    case 'CI_DEFAULT_BRANCH':
      return text('main');
    case 'CI_PIPELINE_ID':
    case 'CI_PIPELINE_IID':
    case 'CI_JOB_ID':
      return hcl('build.number', '$BUILD_NUMBER');
    case 'CI_JOB_NAME':
      return hcl('build.job', '$BUILD_JOB_NAME');
    case 'CI_PROJECT_DIR':
    case 'CI_BUILDS_DIR':
      return { hcl: '.', shell: '$WORKDIR' };
    case 'CI_PROJECT_PATH':
      return text(path);
    case 'CI_PROJECT_NAME':
      return text(path.split('/').at(-1) ?? '');
    case 'CI_PROJECT_NAMESPACE':
      return text(path.split('/').slice(0, -1).join('/'));
    case 'CI_PROJECT_URL':
      return text(`${server}/${path}`);
    case 'CI_SERVER_URL':
      return text(server);
    case 'CI_SERVER_HOST':
      return text(server.replace(/^https?:\/\//, ''));
    case 'CI_PIPELINE_SOURCE':
      return text('push');
    default:
      return undefined;
  }
}

const REFERENCE = /\$\$|\$\{?([A-Za-z_]\w*)\}?/g;

/** A text that GitLab itself fills in: the name of an image, a key, a variable made of others. `open`: no secret may stand there. */
export function expand(text: string, place: ValuePlace, open = false, open_names: readonly string[] = []): Text {
  const parts: Text[] = [];
  let end = 0;
  for (const match of text.matchAll(REFERENCE)) {
    const [all, name] = match;
    parts.push(text.slice(end, match.index));
    end = match.index + all.length;
    parts.push(name === undefined ? '$' : valueOfName(name, place, open, open_names));
  }
  return joinTexts(template([]), ...parts, text.slice(end));
}

function valueOfName(name: string, place: ValuePlace, open: boolean, names: readonly string[]): Text {
  const axis = place.axes?.get(name);
  if (axis instanceof Expression || typeof axis === 'string') return axis;
  const own = place.table.get(name);
  // One that is made of itself is what the settings say.
  if (own !== undefined && !names.includes(name)) return expand(own, place, open, [...names, name]);
  const known = predefined(name, place);
  if (known !== undefined) return known.hcl;
  return place.pipeline.conversion.variables.reference({ path: name, open });
}

/** What a script reads of what GitLab sets, for its beginning. */
export function exportsFor(script: string, place: ValuePlace): string | undefined {
  const wanted = namesIn(script).filter((name) => !place.table.has(name) && place.axes?.has(name) !== true);
  const found = wanted.flatMap((name) => {
    const value = predefined(name, place);
    return value === undefined ? [] : [`export ${name}="${value.shell}"`];
  });
  return found.length === 0 ? undefined : found.join('\n');
}

const SHELL: ReadonlySet<string> = new Set([
  ...[
    'HOME',
    'PATH',
    'USER',
    'PWD',
    'OLDPWD',
    'SHELL',
    'HOSTNAME',
    'LANG',
    'TERM',
    'TMPDIR',
    'IFS',
    'UID',
    'EUID',
    'RANDOM',
  ],
  ...[
    'SECONDS',
    'LINENO',
    'BASH',
    'BASH_SOURCE',
    'BASH_VERSION',
    'FUNCNAME',
    'PIPESTATUS',
    'REPLY',
    'OPTARG',
    'OPTIND',
    'LOGNAME',
  ],
  ...['JAVA_HOME', 'GOPATH', 'GOROOT', 'PS1', 'DISPLAY', 'PPID'],
]);

/** Names that a script reads, nobody sets, and that look like variables of the settings. */
export function fromSettings(script: string, place: ValuePlace): string[] {
  return namesIn(script).filter(
    (name) =>
      /^[A-Z][A-Z0-9_]{2,}$/.test(name) &&
      !SHELL.has(name) &&
      !place.table.has(name) &&
      predefined(name, place) === undefined &&
      !/^(GET|TASK|BUILD|SERVICE|PIKOCI|INPUT)_/.test(name) &&
      !new RegExp(
        `\\b${name}=|\\b(?:for|read|local|declare|unset)\\s+(?:-\\w+\\s+)*${name}\\b|\\$\\{${name}:?[-=+?]`,
      ).test(script),
  );
}

function namesIn(script: string): string[] {
  // What stands in single quotes a shell leaves alone.
  const open = script.replaceAll(/(^|[\s=(])'[^'\n]*'/g, '$1');
  return [
    ...new Set(
      [...open.matchAll(/(?<!\\)\$\{?([A-Za-z_]\w*)/g)].flatMap(([, name]) => (name === undefined ? [] : [name])),
    ),
  ];
}

export const literalOf = (text: Text): string | undefined => (typeof text === 'string' ? text : undefined);
export const sourceOf = (text: Text): string =>
  typeof text === 'string'
    ? quoted(text)
    : text instanceof Expression
      ? text.source
      : `"${text.parts.map((part) => (typeof part === 'string' ? quoted(part).slice(1, -1) : `\${${part.source}}`)).join('')}"`;
