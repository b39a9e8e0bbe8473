/**
 * A WebSocket to a server, as whole binary messages. Headers and `ws+unix://` addresses are Bun's: a browser's WebSocket has neither, so what
 * needs them comes through here.
 */
export interface WebSocketClient {
  send(message: Uint8Array): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

export interface WebSocketClientEvents {
  open(): void;
  frame(message: Uint8Array): void;
  /** Once, also when the connection never came up; `reason` is then what the runtime says about it. */
  closed(code: number, reason: string): void;
}

/** `ws://…`, `wss://…`, or the path of a unix socket and the path of the resource behind it. */
export type WebSocketAddress = { readonly url: string } | { readonly socket: string; readonly path: string };

type SocketConstructor = new (url: string, options: Bun.WebSocketOptions) => Bun.WebSocket;
// The browsers' declaration of WebSocket hides Bun's, which knows headers and `terminate`.
const ClientSocket = WebSocket as unknown as SocketConstructor;

export function openWebSocket(
  address: WebSocketAddress,
  headers: Readonly<Record<string, string>>,
  events: WebSocketClientEvents,
): WebSocketClient {
  const url = 'url' in address ? address.url : `ws+unix://${address.socket}:${address.path}`;
  const socket = new ClientSocket(url, { headers: { ...headers } });
  socket.binaryType = 'arraybuffer';
  let failure = '';
  socket.onopen = () => events.open();
  socket.onmessage = ({ data }) => {
    const binary: unknown = data;
    events.frame(binary instanceof ArrayBuffer ? new Uint8Array(binary) : new TextEncoder().encode(String(data)));
  };
  socket.onerror = (event) => {
    failure = 'message' in event && typeof event.message === 'string' ? event.message : 'the connection failed';
  };
  socket.onclose = ({ code, reason }) => events.closed(code, reason || failure);
  return {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN)
        socket.send(Buffer.from(message.buffer, message.byteOffset, message.byteLength));
    },
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
}
