import { onScopeDispose, type Ref, ref, type ShallowRef, shallowRef, watch } from 'vue';
import type { BuildDetailView, BuildStreamMessage } from '../../protocol/builds.ts';
import { api, noteRefusal, type Trouble, troubleOf } from '../live/api.ts';
import { pageAwake } from '../live/page-visibility.ts';
import { LogModel } from '../log/log-model.ts';
import { applyMessage } from './apply-message.ts';

export interface WatchedBuild {
  readonly build: ShallowRef<BuildDetailView | undefined>;
  readonly trouble: Ref<Trouble | undefined>;
  /** Counts up, at most once a frame, when any log has grown. */
  readonly grown: Ref<number>;
  /** True while the stream is broken and being made again. */
  readonly lost: Ref<boolean>;
  /** The log of a step in an attempt; an empty one until its first line comes. */
  logOf(attempt: string, step: string): LogModel;
}

/** A build and its logs, live until it ends. */
export function useBuild(id: () => string | undefined): WatchedBuild {
  const build = shallowRef<BuildDetailView>();
  const trouble = ref<Trouble>();
  const grown = ref(0);
  const lost = ref(false);
  let logs = new Map<string, LogModel>();
  let last: { id: string; after: string | undefined; ended: boolean } | undefined;
  let stop: AbortController | undefined;
  let frame: number | undefined;

  function logOf(attempt: string, step: string): LogModel {
    const key = `${attempt} ${step}`;
    const log = logs.get(key) ?? new LogModel();
    logs.set(key, log);
    return log;
  }

  function take(message: BuildStreamMessage): void {
    switch (message.event) {
      case 'log':
        logOf(message.attempt, message.step).append(message.text, message.at, message.offset);
        break;
      case 'log_skipped':
        logOf(message.attempt, message.step).skipTo(message.offset, message.firstLine);
        break;
      case 'end':
        break;
      case 'snapshot':
        // A beginning that was cut off is made again, logs included.
        logs = new Map();
        build.value = message.build;
        return;
      default:
        build.value = applyMessage(build.value, message);
        return;
    }
    // Many messages come in one frame; the page is told once.
    frame ??= requestAnimationFrame(() => {
      frame = undefined;
      grown.value += 1;
    });
  }

  async function follow(from: NonNullable<typeof last>, signal: AbortSignal): Promise<void> {
    const onState = (state: 'connected' | 'reconnecting'): void => {
      lost.value = state === 'reconnecting';
    };
    const options = from.after === undefined ? { signal, onState } : { signal, onState, after: from.after };
    for await (const { id: messageId, message } of api.stream(
      'watchBuild',
      { params: { build: from.id }, query: { behind: 'tail' } },
      options,
    )) {
      from.after = messageId ?? from.after;
      if (message.event === 'end') from.ended = true;
      take(message);
    }
  }

  watch(
    [id, pageAwake],
    ([next, isAwake]) => {
      stop?.abort();
      if (next !== last?.id) {
        build.value = undefined;
        trouble.value = undefined;
        logs = new Map();
        last = next === undefined ? undefined : { id: next, after: undefined, ended: false };
      }
      if (last === undefined || last.ended || !isAwake) return;
      const own = new AbortController();
      stop = own;
      follow(last, own.signal).catch((error: unknown) => {
        if (!own.signal.aborted) trouble.value = troubleOf(noteRefusal(error));
      });
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    stop?.abort();
    if (frame !== undefined) cancelAnimationFrame(frame);
  });
  return { build, trouble, grown, lost, logOf };
}
