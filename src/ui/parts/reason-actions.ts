import { assertNever } from '../../lib/assert-never.ts';
import type { ReasonAction } from '../../protocol/reasons.ts';
import { api } from '../live/api.ts';

interface Place {
  readonly team: string;
  readonly pipeline: string;
}

export interface ReasonButton {
  readonly label: string;
  readonly run: () => Promise<unknown>;
}

/** The button that ends what a reason is about. */
export function buttonOf(action: ReasonAction, at: Place): ReasonButton {
  const params = { team: at.team, pipeline: at.pipeline };
  switch (action.kind) {
    case 'unpause_pipeline':
      return { label: 'Resume the pipeline', run: () => api.call('unpausePipeline', { params }) };
    case 'unpause_job':
      return { label: 'Resume', run: () => api.call('unpauseJob', { params: { ...params, job: action.job } }) };
    case 'check':
      return {
        label: 'Check now',
        run: () => api.call('checkResource', { params: { ...params, address: action.resource } }),
      };
    case 'unpin':
      return {
        label: 'Unpin',
        run: () => api.call('unpinVersion', { params: { ...params, address: action.resource } }),
      };
    case 'enable': {
      const { resource: address, version } = action;
      return {
        label: 'Enable',
        run: () => api.call('enableVersion', { params: { ...params, address }, body: { version } }),
      };
    }
    case 'trigger':
      return {
        label: `Run ${action.job}`,
        run: () => api.call('triggerJob', { params: { ...params, job: action.job } }),
      };
    case 'release':
      return { label: 'Release', run: () => api.call('releaseBuild', { params: { build: action.build } }) };
    default:
      return assertNever(action);
  }
}
