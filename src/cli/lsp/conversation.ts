/**
 * The two ends of the protocol, so that nothing which was asked goes without an answer: the library ends the process as soon as its input does, also
 * with requests still in its queue. Here `exit` and the end of the input are held back until every request that came before has its answer written.
 */
import {
  type DataCallback,
  type Disposable,
  Emitter,
  Message,
  type MessageReader,
  type MessageWriter,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { FramedMessageReader } from './message-reader.ts';
import { completeOpening } from './opening.ts';

/** A request that nobody answers is a bug of ours, and no reason to stay for ever. */
const LONGEST_WAIT_MS = 10_000;

export interface Conversation {
  readonly reader: MessageReader;
  readonly writer: MessageWriter;
  /** Once the client said `exit` or its input ended, and all it had asked is answered. */
  readonly ended: Promise<void>;
}

export function conversation(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Conversation {
  const reader = new FramedMessageReader(input);
  const writer = new StreamMessageWriter(output);
  const asked = new Set<number | string | null>();
  const never = new Emitter<void>();
  let isOver = false;
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const look = (): void => {
    if (isOver && asked.size === 0) resolve();
  };
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    setTimeout(resolve, LONGEST_WAIT_MS).unref();
    look();
  };
  input.on('end', end);
  input.on('close', end);
  return {
    reader: {
      onError: reader.onError,
      // What is still in the queue when the input has closed is handled like the rest.
      onClose: never.event,
      onPartialMessage: reader.onPartialMessage,
      listen: (callback: DataCallback): Disposable =>
        reader.listen((message) => {
          if (isOver) return;
          if (Message.isNotification(message) && message.method === 'exit') {
            end();
            return;
          }
          if (Message.isRequest(message)) asked.add(message.id);
          callback(completeOpening(message));
        }),
      dispose: () => reader.dispose(),
    },
    writer: {
      onError: writer.onError,
      onClose: writer.onClose,
      write: async (message) => {
        try {
          await writer.write(message);
        } finally {
          if (Message.isResponse(message)) asked.delete(message.id);
          look();
        }
      },
      end: () => writer.end(),
      dispose: () => writer.dispose(),
    },
    ended,
  };
}
