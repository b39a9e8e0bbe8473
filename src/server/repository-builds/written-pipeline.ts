/** The pipeline of a repository that has a Dockerfile and no pipeline of its own: a text like anyone's, to look at, to copy and to change. */
import type { SourceBundle } from '../../pipeline/model.ts';
import type { HermesWorkflow } from './read-hermes.ts';

export const WRITTEN_FILE = 'pipeline.hcl';
export const WRITTEN_JOB = 'build';

export function writtenPipeline(fullName: string, workflow: HermesWorkflow | undefined): SourceBundle {
  const because = workflow === undefined ? 'it has a Dockerfile' : 'Hermes.yaml says schema: docker';
  const text = `# pikoci wrote this, because the repository has no pipeline of its own and ${because}.
# To have another one, put it into the repository as .pikoci.hcl, and change it there.
job "${WRITTEN_JOB}" {
  get "git" "repository" {
    trigger = true
  }

  task "image" {
    run "buildah" {
      engine = "any"
      dir    = "repository"
      tag    = ${JSON.stringify(imageName(fullName))}
      layers = true
      remove = true
    }
  }
}
`;
  return { main: WRITTEN_FILE, files: { [WRITTEN_FILE]: text } };
}

/** The full name in lower case, as an image may be called: letters and digits, with single marks between them. */
export function imageName(fullName: string): string {
  const parts = fullName.toLowerCase().split('/');
  const named = parts.map((part) => part.replace(/[^a-z0-9._-]+/g, '-').replace(/^[._-]+|[._-]+$/g, '') || 'x');
  return named.join('/');
}
