/** What a commit says about how it is built: its pipeline, `Hermes.yaml`, or a Dockerfile. */
import type { CommitFiles, CommitPlace } from '../../integrations/forge-commits.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { makeBundle } from '../../pipeline/bundle.ts';
import { joinInside } from '../../pipeline/bundle-path.ts';
import type { SourceBundle } from '../../pipeline/model.ts';
import type { ProblemDetail } from '../../protocol/events.ts';
import { HERMES_FILE, type HermesWorkflow, readHermes } from './read-hermes.ts';
import { writtenPipeline } from './written-pipeline.ts';

/** The first that is there. */
export const PIPELINE_FILES = ['.pikoci.hcl', 'pikoci.hcl', 'pipeline.hcl'] as const;

export type WhatToBuild =
  | { readonly kind: 'pipeline'; readonly bundle: SourceBundle }
  /** `problem`: what is wrong with `Hermes.yaml`. */
  | {
      readonly kind: 'image';
      readonly bundle: SourceBundle;
      readonly workflow: HermesWorkflow | undefined;
      readonly problem: ProblemDetail | undefined;
    }
  | { readonly kind: 'nothing' };

/** Throws what the forge's adapter throws, and `bundle_too_large`. */
export async function whatToBuild(forge: CommitFiles, place: CommitPlace): Promise<WhatToBuild> {
  const read = (path: string) => forge.readFile(place, path);
  for (const main of PIPELINE_FILES) {
    const text = await read(main);
    if (text === undefined) continue;
    if (typeof text !== 'string') throw new CodedError('repository.bad_pipeline', `${main} is no text in UTF-8`);
    const bundle = await makeBundle(main, {
      read: async (path) => (path === main ? text : await read(path)),
      list: (directory) => forge.listFiles(place, joinInside('', directory) ?? ''),
    });
    return { kind: 'pipeline', bundle };
  }
  const hermes = await read(HERMES_FILE);
  if (hermes === undefined && (await read('Dockerfile')) === undefined) return { kind: 'nothing' };
  const { workflow, problem } = hermes === undefined ? NO_HERMES : await hermesOf(hermes);
  return { kind: 'image', bundle: writtenPipeline(place.fullName, workflow), workflow, problem };
}

const NO_HERMES = { workflow: undefined, problem: undefined };

async function hermesOf(
  text: string | Uint8Array,
): Promise<{ workflow: HermesWorkflow | undefined; problem: ProblemDetail | undefined }> {
  try {
    return { workflow: await readHermes(text), problem: undefined };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const { code, message, hint } = error;
    return { workflow: undefined, problem: { code, message, ...(hint !== undefined && { hint }) } };
  }
}
