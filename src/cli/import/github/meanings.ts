/** What the names in expressions of GitHub Actions stand for here. */
import { member } from '../hcl-text.ts';
import type { Meaning, Resolve } from './expressions.ts';
import type { JobPlace } from './place.ts';

export interface Use {
  /** In a script, where a shell can read the environment. */
  readonly script?: boolean;
  /** Where no secret may stand. */
  readonly open?: boolean;
  /** What `env` has there. */
  readonly env?: ReadonlyMap<string, unknown>;
}

const hcl = (source: string): Meaning => ({ kind: 'hcl', source });
const text = (value: string | number | boolean): Meaning => ({ kind: 'text', text: value });
const none = (why: string): Meaning => ({ kind: 'none', why });

export function resolverOf(place: JobPlace, use: Use = {}): Resolve {
  return ([root = '', ...names]) => {
    const [name = '', ...more] = names;
    switch (root) {
      case 'github':
        return ofGithub(names, place);
      case 'matrix':
        return axisOf(name, place);
      case 'inputs':
        return inputOf(name, place);
      case 'secrets':
        return hcl(place.workflow.conversion.variables.reference({ path: name, open: use.open ?? false }).source);
      case 'vars':
        return hcl(place.workflow.conversion.variables.reference({ path: name, open: true }).source);
      case 'env':
        return envOf(name, use);
      case 'steps':
        return stepOf(name, more, place);
      case 'needs':
        if (more[0] === 'result') return text('success');
        return none('what a job finds out does not go to other jobs; hand it on as a file, by an artifact');
      case 'runner':
        return runnerOf(name, use);
      default:
        return none(`pikoci knows no "${[root, ...names].join('.')}"`);
    }
  };
}

function axisOf(name: string, { axes }: JobPlace): Meaning {
  const values = axes.get(name);
  if (values === undefined)
    return none(name === '' ? 'the whole matrix is each.value' : `the matrix has no "${name}" here`);
  return {
    kind: 'hcl',
    source: member('each.value', name),
    isBool: values.every((value) => typeof value === 'boolean'),
  };
}

function ofGithub(names: readonly string[], place: JobPlace): Meaning {
  const { triggers } = place.workflow;
  const [name = '', ...more] = names;
  const onTags = triggers.tagsOnly || place.onTags;
  const get = onTags && !triggers.tagsOnly ? 'get.tags' : 'get.repo';
  const branch = triggers.branch !== undefined ? text(triggers.branch) : hcl('get.repo.branch');
  switch (name) {
    case 'sha':
      return hcl(`${get}.ref`);
    case 'ref_name':
      return onTags
        ? hcl(`${get}.tag`)
        : triggers.isPullRequest
          ? none('a pull request has a number: get.repo.pr')
          : branch;
    case 'ref':
      if (onTags) return hcl(`"refs/tags/\${${get}.tag}"`);
      if (triggers.isPullRequest) return hcl('"refs/pull/${get.repo.pr}/merge"');
      return triggers.branch !== undefined
        ? text(`refs/heads/${triggers.branch}`)
        : hcl('"refs/heads/${get.repo.branch}"');
    case 'ref_type':
      return text(onTags ? 'tag' : 'branch');
    case 'event_name':
      return triggers.event === undefined ? none('a build is not told which event it is of') : text(triggers.event);
    case 'repository':
      return text(triggers.repository);
    case 'repository_owner':
      return text(triggers.repository.split('/')[0] ?? '');
    case 'run_number':
    case 'run_id':
      return hcl('build.number');
    case 'run_attempt':
      return hcl('build.attempt');
    case 'job':
      return hcl('build.job');
    case 'workspace':
      return text('.');
    case 'token':
      return hcl(place.workflow.conversion.variables.reference({ path: 'GITHUB_TOKEN' }).source);
    case 'server_url':
      return text('https://github.com');
    case 'api_url':
      return text('https://api.github.com');
    case 'event':
      if (more[0] === 'inputs') return inputOf(more[1] ?? '', place);
      if (more.join('.') === 'pull_request.number' && triggers.isPullRequest) return hcl('get.repo.pr');
      return none('a build is not told what the event was');
    default:
      return none(`pikoci knows no "github.${name}"`);
  }
}

function inputOf(name: string, place: JobPlace): Meaning {
  const input = place.workflow.triggers.inputs.get(name);
  if (input === undefined) return none(`the workflow has no input "${name}" that is given by hand`);
  place.inputs.add(name);
  return { kind: 'hcl', source: `input.${input.name}`, isBool: input.isBool };
}

function envOf(name: string, { script, env }: Use): Meaning {
  if (script === true && /^[A-Za-z_]\w*$/.test(name)) return { kind: 'shell', text: `\${${name}}` };
  const value = env?.get(name);
  return typeof value === 'string' ? text(value) : none(`the value of env.${name} is not known here`);
}

function stepOf(id: string, more: readonly string[], place: JobPlace): Meaning {
  const task = place.tasks.get(id);
  if (task === undefined) return none(`there is no task of the step "${id}" before this one`);
  if (more[0] !== 'outputs' || more[1] === undefined)
    return none('how a step ended is not known to others; use hooks: on_failure, ensure');
  return hcl(member(member('task', task), more[1]));
}

function runnerOf(name: string, { script }: Use): Meaning {
  if (name === 'os') return text('Linux');
  if (name === 'arch') return text('X64');
  if (name === 'temp' && script === true) return { kind: 'shell', text: '${TMPDIR:-/tmp}' };
  return none(`pikoci knows no "runner.${name}"`);
}
