import { createPageStreams, type PageStreams } from './page-streams.ts';
import { type FromHub, HERE_MS } from './stream-messages.ts';

let shared = typeof SharedWorker !== 'undefined';
let streams: PageStreams | undefined;

/** Whether streams cost this page no connection of its own. Browsers without shared workers, mainly on phones, have one page in sight at a time. */
export const sharesConnection = (): boolean => shared;

/** Fetches an event stream: through the worker that all pages of this browser share, or, where there is none, over a connection of its own. */
export function fetchStream(request: Request): Promise<Response> {
  if (shared) streams ??= connect();
  return streams === undefined ? fetch(request) : streams.fetch(request);
}

function connect(): PageStreams | undefined {
  try {
    const worker = new SharedWorker(new URL('./stream-worker.ts', import.meta.url), { type: 'module', name: 'pikoci' });
    const own = createPageStreams((message) => worker.port.postMessage(message));
    worker.port.onmessage = ({ data }: MessageEvent<FromHub>) => own.take(data);
    const timer = setInterval(() => {
      if (own.size > 0) worker.port.postMessage({ kind: 'here' });
    }, HERE_MS);
    worker.onerror = (event) => {
      console.warn('pikoci: no shared worker, so this page has connections of its own', event);
      clearInterval(timer);
      shared = false;
      streams = undefined;
      own.breakAll();
    };
    return own;
  } catch (error) {
    console.warn('pikoci: no shared worker, so this page has connections of its own', error);
    shared = false;
    return undefined;
  }
}
