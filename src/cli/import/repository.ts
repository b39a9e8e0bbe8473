/** Where builds clone the repository from that a pipeline of another system lies in, and takes for granted. */
import type { Conversion } from './conversion.ts';
import type { Block } from './hcl-block.ts';

export interface RepositoryHere {
  readonly url: string;
  /** `https://git.example.com`. */
  readonly server: string;
  /** `team/app`. */
  readonly path: string;
}

const UNKNOWN = 'https://git.example.com/CHANGE/ME.git';

export function repositoryOf({ surroundings }: Conversion, top: Block): RepositoryHere {
  const { repository } = surroundings;
  if (repository === undefined)
    top.comment('look: nobody knows where the repository is; say it in params of the resource');
  const url = repository ?? UNKNOWN;
  const match = /^(?:[a-z+]+:\/\/(?:[^/@]*@)?|[^/@]*@)([^/:]+)(?::\d+)?[/:](.+?)(?:\.git)?\/?$/i.exec(url);
  return { url, server: `https://${match?.[1] ?? ''}`, path: match?.[2] ?? '' };
}
