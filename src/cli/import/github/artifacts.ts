/** Artifacts: who uploads which, and where those who download them want them. */
import { Block } from '../hcl-block.ts';
import { nameOf } from '../names.ts';
import type { Source } from '../source.ts';

interface Artifact {
  readonly name: string;
  /** Names of jobs here. */
  readonly uploaders: Set<string>;
  /** Where it is to be; empty for the top of the build. */
  readonly places: Set<string>;
  isUsed: boolean;
}

const isAction = (step: Source, action: string): boolean =>
  String(step.entries.get('uses')?.scalar ?? '').startsWith(`actions/${action}@`);

export class Artifacts {
  readonly #all = new Map<string, Artifact>();

  constructor(jobs: ReadonlyMap<string, Source>, names: ReadonlyMap<string, string>) {
    for (const [id, job] of jobs) {
      for (const step of job.entries.get('steps')?.items ?? []) {
        const given = step.entries.get('with');
        if (isAction(step, 'upload-artifact')) this.#named(artifactName(given)).uploaders.add(names.get(id) ?? id);
        if (isAction(step, 'download-artifact') && given?.entries.has('name')) {
          this.#named(artifactName(given)).places.add(placeOf(given));
        }
      }
    }
  }

  #named(name: string): Artifact {
    const found = this.#all.get(name) ?? { name, uploaders: new Set(), places: new Set(), isUsed: false };
    this.#all.set(name, found);
    return found;
  }

  /** Known to have been uploaded by some job. */
  find(name: string): (Artifact & { readonly directory: string }) | undefined {
    const found = this.#all.get(name);
    if (found === undefined || found.uploaders.size === 0) return undefined;
    found.isUsed = true;
    return Object.assign(found, { directory: directoryOf(found) });
  }

  uploadedBy(jobs: ReadonlySet<string>): string[] {
    return [...this.#all.values()]
      .filter(({ uploaders }) => [...uploaders].some((job) => jobs.has(job)))
      .map(({ name }) => name);
  }

  blocks(): Block[] {
    return [...this.#all.values()].flatMap((artifact) => {
      if (!artifact.isUsed) return [];
      const block = new Block('resource', ['artifact', artifact.name]);
      const directory = directoryOf(artifact);
      if (directory !== artifact.name) block.block('params').set('name', directory);
      return [block];
    });
  }
}

/** Where all want it, if that is a directory; else one of its own name, from which it is copied. */
function directoryOf({ name, places }: Artifact): string {
  const [only, ...others] = places;
  return only !== undefined && only !== '' && others.length === 0 ? only : name;
}

/** The name of an artifact is written out here: what an expression would add is left away. */
export function artifactName(given: Source | undefined): string {
  const text = String(given?.entries.get('name')?.scalar ?? 'artifact');
  return nameOf(text.replaceAll(/\$\{\{.*?\}\}/g, ''), 'artifact');
}

/** The path of a download within the build; empty for its top. */
export function placeOf(given: Source | undefined): string {
  const path = String(given?.entries.get('path')?.scalar ?? '')
    .replace(/^\$\{\{\s*github\.workspace\s*\}\}\/?/, '')
    .replace(/^\.\//, '')
    .replace(/\/+$/, '');
  return path === '.' || path.includes('${{') || path.startsWith('/') || path.startsWith('~') ? '' : path;
}
