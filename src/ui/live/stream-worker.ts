/** Runs once per browser, shared by all pages of this server, and holds their event streams. */
import '../no-eval.ts';
import { createStreamHub } from './stream-hub.ts';
import { HERE_MS, type ToHub } from './stream-messages.ts';

const TOGETHER_MS = 5;

const hub = createStreamHub({
  fetch: (path, signal) => fetch(path, { headers: { accept: 'text/event-stream' }, signal }),
  soon: (action) => setTimeout(action, TOGETHER_MS),
});
setInterval(hub.sweep, 2 * HERE_MS);

addEventListener('connect', (event) => {
  const port = event instanceof MessageEvent ? event.ports[0] : undefined;
  if (port === undefined) return;
  const take = hub.connect((message) => port.postMessage(message));
  port.onmessage = ({ data }: MessageEvent<ToHub>) => take(data);
});
