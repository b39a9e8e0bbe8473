import { readEventStream } from '../src/client/event-stream.ts';
import { buildStreamMessage } from '../src/protocol/builds.ts';
import type { SignedIn } from './sign-in.ts';

/** Follows the only step of a build from the beginning to its end, as a client that shows all of it does. What is missing in between is an error. */
export async function followLog({ get }: SignedIn, build: string): Promise<{ readonly bytes: number }> {
  const { body } = await get(`/builds/${build}/events`);
  if (body === null) throw new Error('an event stream without a body');
  let bytes = 0;
  for await (const { data } of readEventStream(body)) {
    const message = buildStreamMessage.parse(JSON.parse(data));
    if (message.event === 'end') return { bytes };
    if (message.event !== 'log') continue;
    if (message.offset !== bytes) throw new Error(`the log goes on at ${message.offset}, behind ${bytes}`);
    bytes += Buffer.byteLength(message.text);
  }
  throw new Error(`the stream broke off behind ${bytes} bytes`);
}
