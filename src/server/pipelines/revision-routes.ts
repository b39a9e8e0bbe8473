/** Routes about a pipeline's revisions: what would change, what did, and going back. */
import { setImmediate } from 'node:timers/promises';
import { CodedError } from '../../lib/coded-error.ts';
import type { RevisionView } from '../../protocol/revisions.ts';
import type { PipelineRecord, RevisionRecord } from '../../store/records.ts';
import type { Access } from '../access.ts';
import type { Asker } from '../auth/principal.ts';
import type { Handlers } from '../http/call.ts';
import { notFound } from '../http/problems.ts';
import { differenceOf, stateOf } from './compare-revisions.ts';
import { checkName, evaluatePipeline } from './evaluate-pipeline.ts';
import { planPipeline } from './plan-pipeline.ts';
import { evaluateRevision } from './restore-revision.ts';
import { configOf, etagOf, historyView } from './revision-views.ts';
import { commitIf, type SetPipelineParts } from './set-pipeline.ts';

const USUAL_PAGE = 20;

export interface RevisionParts extends SetPipelineParts {
  readonly access: Access;
}

interface Named {
  readonly team: string;
  readonly pipeline: string;
  readonly revision: string;
}

export function revisionRoutes(
  parts: RevisionParts,
): Handlers<'planPipeline' | 'listRevisions' | 'getRevision' | 'diffRevisions' | 'planRestore' | 'restoreRevision'> {
  const { store, access, atRest, loader } = parts;

  async function find(
    principal: Asker,
    params: Named,
  ): Promise<{ pipeline: PipelineRecord; revision: RevisionRecord }> {
    const pipeline = await access.pipeline(principal, params);
    return { pipeline, revision: await numbered(pipeline, params.revision) };
  }

  async function numbered(pipeline: PipelineRecord, number: string): Promise<RevisionRecord> {
    if (!/^\d{1,9}$/.test(number)) {
      throw new CodedError('api.bad_request', `${JSON.stringify(number.slice(0, 50))} is not the number of a revision`);
    }
    const revision = await store.findRevision(pipeline.id, Number(number));
    if (revision !== undefined) return revision;
    throw notFound(`revision ${number} of pipeline ${pipeline.name}`, `its revisions are 1 to ${pipeline.revision}`);
  }

  const ownerOf = (pipeline: PipelineRecord): string => `${pipeline.team}/${pipeline.name}`;

  return {
    async planPipeline({ principal, params, body }) {
      const team = await access.team(principal, params.team);
      checkName(params.pipeline);
      const evaluated = await evaluatePipeline(loader, `pipeline ${params.pipeline}`, body.bundle, body.variables);
      return planPipeline(parts, team.name, params.pipeline, evaluated);
    },

    async listRevisions({ principal, params, query }) {
      const pipeline = await access.pipeline(principal, params);
      const page = await store.listRevisions(pipeline.id, { limit: query.limit ?? USUAL_PAGE, after: query.after });
      const items: RevisionView[] = [];
      // Each against the one before it, which is the next of the list: every revision is read once.
      let newer: RevisionRecord | undefined;
      for (const summary of page.items) {
        const revision = newer?.id === summary.id ? newer : await store.getRevision(summary.id);
        if (revision === undefined) break; // The pipeline was deleted meanwhile.
        const before = revision.number === 1 ? undefined : await store.findRevision(pipeline.id, revision.number - 1);
        const old = before && stateOf(before, atRest, ownerOf(pipeline));
        const difference = differenceOf(old, stateOf(revision, atRest, ownerOf(pipeline)));
        items.push(historyView(summary, summary.id === pipeline.revisionId, difference));
        newer = before;
        // Large pipelines take their time: logs must flow meanwhile.
        await setImmediate();
      }
      return { items, ...(page.next !== undefined && { next: page.next }) };
    },

    async getRevision({ principal, params }) {
      const { revision } = await find(principal, params);
      return { etag: etagOf(revision.id), value: configOf(revision) };
    },

    async diffRevisions({ principal, params, query }) {
      const { pipeline, revision } = await find(principal, params);
      const from = query.from ?? revision.number - 1;
      const before = from === 0 ? undefined : await numbered(pipeline, String(from));
      const old = before && stateOf(before, atRest, ownerOf(pipeline));
      return { from, to: revision.number, ...differenceOf(old, stateOf(revision, atRest, ownerOf(pipeline))) };
    },

    async planRestore({ principal, params }) {
      const { pipeline, revision } = await find(principal, params);
      return planPipeline(parts, pipeline.team, pipeline.name, await evaluateRevision(parts, pipeline, revision));
    },

    async restoreRevision({ principal, params, body, condition }) {
      const { pipeline, revision } = await find(principal, params);
      const target = {
        team: await access.team(principal, pipeline.team),
        name: pipeline.name,
        by: principal.name,
        message: body.message,
        restoredFrom: revision.number,
      };
      return commitIf(parts, target, () => evaluateRevision(parts, pipeline, revision), condition);
    },
  };
}
