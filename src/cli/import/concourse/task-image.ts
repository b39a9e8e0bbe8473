/** The image that a task runs in. */
import type { Block } from '../hcl-block.ts';
import { Expression, type HclValue, joinTexts } from '../hcl-text.ts';
import type { Text } from '../shell-text.ts';
import type { Source } from '../source.ts';
import type { StepPlace } from './steps.ts';

export interface TaskImage {
  readonly name: Text;
  readonly credentials: HclValue | undefined;
}

/** `undefined`: the task runs on the worker as it is. */
export function readImage(step: Source, config: Source, before: Block, place: StepPlace): TaskImage | undefined {
  const { conversion } = place.concourse;
  const fetched = step.get('image');
  const name = fetched?.kind === 'scalar' ? String(fetched.scalar) : undefined;
  const resource = name === undefined ? undefined : place.concourse.resources.get(name);
  if (fetched !== undefined && resource?.rule?.type === 'registry-image') {
    fetched.text();
    conversion.differs(
      before,
      fetched,
      'the image is taken from the registry when the task runs, not as it was fetched',
    );
    return ofParams(resource.params);
  }
  if (fetched !== undefined) {
    conversion.notConverted(
      before,
      fetched,
      'an image that a task of the build made cannot be run',
      'push it, and give its name: run "docker" { image = "…" }',
    );
  }
  const given = config.get('image_resource');
  const type = given?.entries.get('type')?.scalar;
  if (given !== undefined && (type === 'registry-image' || type === 'docker-image')) return ofResource(given, place);
  const rootfs = /^docker:\/\/(?:\/|)(.+?)(?:#(.+))?$/.exec(config.entries.get('rootfs_uri')?.written ?? '');
  if (rootfs !== null) {
    config.textOf('rootfs_uri');
    return {
      name: `${rootfs[1]?.replace(/^\//, '')}${rootfs[2] === undefined ? '' : `:${rootfs[2]}`}`,
      credentials: undefined,
    };
  }
  return undefined;
}

function ofResource(given: Source, place: StepPlace): TaskImage {
  const { vars } = place.concourse;
  given.textOf('type');
  const source = given.get('source');
  const open = { ...place, open: true };
  const repository = vars.text(source?.get('repository'), open) ?? 'busybox';
  const tag = vars.text(source?.get('tag'), open);
  const digest = given.get('version')?.textOf('digest');
  const name = digest === undefined ? repository : joinTexts(repository, `@${digest}`);
  const username = vars.text(source?.get('username'), place);
  const password = vars.text(source?.get('password'), place);
  return {
    name: tag === undefined || digest !== undefined ? name : joinTexts(name, ':', tag),
    credentials: credentialsOf(repository, username, password),
  };
}

function ofParams(params: ReadonlyMap<string, HclValue>): TaskImage {
  const text = (key: string): Text | undefined => {
    const value = params.get(key);
    return typeof value === 'string' || value instanceof Expression ? value : undefined;
  };
  const repository = text('repository') ?? 'busybox';
  const tag = text('tag');
  return {
    name: tag === undefined ? repository : joinTexts(repository, ':', tag),
    credentials: credentialsOf(repository, text('username'), text('password')),
  };
}

function credentialsOf(repository: Text, username: Text | undefined, password: Text | undefined): HclValue | undefined {
  if (username === undefined || password === undefined) return undefined;
  const host = typeof repository === 'string' ? /^([^/]*[.:][^/]*)\//.exec(repository)?.[1] : undefined;
  return new Map<string, HclValue>([
    ...(host === undefined ? [] : ([['registry', host]] as const)),
    ['username', username],
    ['password', password],
  ]);
}
