/**
 * Messages as JSON in UTF-8. One that several readers are sent (fifty who look at one log) is made once: what it became is kept as long as the message itself
 * is. So a message must not be changed after it was sent.
 */
const encoder = new TextEncoder();
const known = new WeakMap<object, Uint8Array>();
const CLOSE = encoder.encode('}');

export function encodeMessage(message: unknown): Uint8Array {
  if (typeof message !== 'object' || message === null) return encoder.encode(JSON.stringify(message));
  const before = known.get(message);
  if (before !== undefined) return before;
  const bytes = carried(message) ?? encoder.encode(JSON.stringify(message));
  known.set(message, bytes);
  return bytes;
}

/** One that carries another, as a stream among several does, is made around what that became. */
function carried(message: object): Uint8Array | undefined {
  if (!('message' in message) || typeof message.message !== 'object' || message.message === null) return undefined;
  const { message: inner, ...rest } = message;
  const head = JSON.stringify(rest);
  const open = head === '{}' ? '{' : `${head.slice(0, -1)},`;
  return Buffer.concat([encoder.encode(`${open}"message":`), encodeMessage(inner), CLOSE]);
}
