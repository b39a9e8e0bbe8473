/** Several event streams over one connection: a browser has six connections to a server, however many pages are open. */
import { z } from 'zod';
import { problem } from './api.ts';

/** How many streams one connection carries; as many fit into an address. */
export const MAX_STREAMS = 100;

/** A stream as it would be asked for alone. */
export interface StreamRequest {
  /** Behind `API_BASE/`: `feed`, `builds/{build}/events`, `builds/{build}/events?behind=tail`. */
  readonly path: string;
  /** Its `Last-Event-ID`. */
  readonly after: string | undefined;
}

/** What goes into the query: `feed@17,builds/0190/events@1.4`. */
export function formatStreamList(requests: readonly StreamRequest[]): string {
  return requests.map(({ path, after }) => (after === undefined ? path : `${path}@${after}`)).join(',');
}

export function parseStreamList(text: string): StreamRequest[] {
  return text.split(',').map((item) => {
    const at = item.indexOf('@');
    return at < 0 ? { path: item, after: undefined } : { path: item.slice(0, at), after: item.slice(at + 1) };
  });
}

/** `stream` is the place of the stream in the list that was asked for, from 0. */
export const streamsMessage = z.discriminatedUnion('kind', [
  /** It is granted; its messages follow. */
  z.object({ kind: z.literal('open'), stream: z.int() }),
  /** As the stream would send it alone, `id` included. */
  z.object({ kind: z.literal('message'), stream: z.int(), id: z.string().optional(), message: z.unknown() }),
  /** It is refused, or has failed. Nothing of it follows; the others go on. */
  z.object({ kind: z.literal('problem'), stream: z.int(), problem }),
  /** It came to its end. */
  z.object({ kind: z.literal('end'), stream: z.int() }),
]);
export type StreamsMessage = z.infer<typeof streamsMessage>;
