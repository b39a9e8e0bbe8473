/** The versions that the jobs of one run work with: what a server's scheduler would choose. */
import type { RunView } from '../cli/run-view.ts';
import { canonicalJson } from '../lib/json.ts';
import { planForCheck } from '../pipeline/build-plan.ts';
import type { Pipeline } from '../pipeline/model.ts';
import type { BuildPlan } from '../pipeline/plan.ts';
import type { GetStep } from '../pipeline/plan-step.ts';
import { allSteps } from '../pipeline/plan-walk.ts';
import type { GrantedInput } from '../protocol/messages.ts';
import type { AttemptRoot } from '../worker/attempt-root.ts';
import type { LocalFiles } from '../worker/files/local-files.ts';
import { type CheckHost, runCheck } from '../worker/run-check.ts';
import { isArtifact } from './run-artifacts.ts';

/** Where a version of a `get` comes from. */
export type VersionOrigin =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'pinned'; readonly version: GrantedInput['version'] }
  | { readonly kind: 'newest' };

export function originOf(
  step: GetStep,
  { resources }: Pipeline,
  directories: ReadonlyMap<string, string>,
): VersionOrigin {
  const path = directories.get(step.resource);
  if (path !== undefined) return { kind: 'directory', path };
  const pinned =
    typeof step.version === 'object'
      ? step.version.pinned
      : resources.find((resource) => resource.address === step.resource)?.pinned;
  return pinned === undefined ? { kind: 'newest' } : { kind: 'pinned', version: pinned };
}

export interface VersionsParts {
  readonly pipeline: Pipeline;
  readonly directories: ReadonlyMap<string, string>;
  readonly host: Omit<CheckHost, 'dirs'>;
  readonly dirs: (name: string) => AttemptRoot;
  /** Of what a `put` keeps on this machine: there is nothing to check. */
  readonly newestArtifact: LocalFiles['newest'];
}

/**
 * Of each resource one version for the whole run, the newest when it is first needed, so that every job sees the same; from the moment a job made a newer one
 * (`put`), that one.
 */
export class RunVersions {
  readonly #parts: VersionsParts;
  readonly #known = new Map<string, GrantedInput>();
  readonly #leftOut = new Set<string>();

  constructor(parts: VersionsParts) {
    this.#parts = parts;
  }

  made(outputs: readonly GrantedInput[]): void {
    for (const output of outputs) this.#known.set(output.resource, output);
  }

  /** What a job would have made a newer version of, had its `put` been done. */
  leftOut(address: string): void {
    this.#leftOut.add(address);
  }

  /** By step. `undefined` when one could not be found: what the check said has been shown. */
  async inputsFor(plan: BuildPlan, view: RunView): Promise<Record<string, GrantedInput> | undefined> {
    const inputs: Record<string, GrantedInput> = {};
    const told = new Set<string>();
    for (const step of allSteps(plan.steps, plan.hooks)) {
      if (step.kind !== 'get') continue;
      const { resource } = step;
      const origin = originOf(step, this.#parts.pipeline, this.#parts.directories);
      if (origin.kind === 'directory') inputs[step.id] = { resource, version: { local: origin.path }, metadata: {} };
      else if (origin.kind === 'pinned') inputs[step.id] = { resource, version: origin.version, metadata: {} };
      else {
        const input = this.#known.get(resource) ?? (await this.#newest(resource, plan, view));
        if (input === undefined) return undefined;
        this.#known.set(resource, input);
        inputs[step.id] = input;
        const why = this.#leftOut.has(resource) ? ' (the newest there is: the put before was left out)' : '';
        if (!told.has(resource)) view.note(`${resource}: ${canonicalJson(input.version)}${why}`);
        told.add(resource);
      }
    }
    return inputs;
  }

  async #newest(address: string, plan: BuildPlan, view: RunView): Promise<GrantedInput | undefined> {
    const { pipeline, host } = this.#parts;
    if (isArtifact(address, plan)) {
      const found = await this.#parts.newestArtifact(address);
      if (found !== undefined) return { resource: address, ...found };
      view.note(
        `no job run here has put ${address} yet: run the one that does, or use --resource ${address}=DIRECTORY`,
      );
      return undefined;
    }
    const dirs = this.#parts.dirs(`check-${address}`);
    const check = planForCheck(pipeline, address);
    const end = await runCheck({ team: 'main', pipeline: 'run', plan: check, last: undefined }, { ...host, dirs });
    const instead = `to use a directory instead: --resource ${address}=DIRECTORY`;
    if (end.problem !== undefined) {
      view.note(`${address} could not be checked: ${end.problem.message}`);
      if (end.log.trim() !== '') view.note(end.log.trimEnd());
      if (end.problem.hint !== undefined) view.note(end.problem.hint);
      view.note(instead);
      return undefined;
    }
    const last = end.versions?.at(-1);
    if (last !== undefined) return { resource: address, ...last };
    view.note(`${address} has no version yet; ${instead}`);
    return undefined;
  }
}
