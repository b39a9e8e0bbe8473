import { api } from '../live/api.ts';
import type { LogModel } from '../log/log-model.ts';

const PIECE = 2 * 1024 * 1024;

/** Fetches up to 2 MiB that lie right before what is loaded of a step's log, cut at the start of a line. */
export async function loadEarlierOf(
  log: LogModel,
  of: { readonly build: string; readonly step: string; readonly attempt: number | undefined },
): Promise<void> {
  const end = log.startOffset;
  if (end === 0) return;
  let start = Math.max(0, end - PIECE);
  const response = await api.bytes('stepLog', {
    params: { build: of.build, step: of.step },
    query: { attempt: of.attempt, offset: start, length: end - start },
  });
  let bytes = new Uint8Array(await response.arrayBuffer());
  if (start > 0) {
    const feed = bytes.indexOf(0x0a) + 1;
    // A line longer than a piece: nothing to cut at, so it is taken from its middle.
    bytes = bytes.subarray(feed);
    start += feed;
  }
  log.prepend(new TextDecoder().decode(bytes), start);
}
