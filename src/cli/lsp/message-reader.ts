/** Messages of the protocol from a stream: `Content-Length: N`, an empty line, N bytes of JSON. Each is handed on in the turn in which it is whole. */
import { AbstractMessageReader, type DataCallback, type Disposable, type Message } from 'vscode-languageserver/node';
import { z } from 'zod';
import { errorText } from '../../lib/coded-error.ts';

/** The library's own reader hands messages on some turns later, so that nobody can tell whether it still has one when its stream has ended. */
export class FramedMessageReader extends AbstractMessageReader {
  readonly #input: NodeJS.ReadableStream;
  #pieces: Buffer[] = [];
  #held = 0;
  /** How many bytes there must be before it is worth looking again. */
  #wanted = 0;

  constructor(input: NodeJS.ReadableStream) {
    super();
    this.#input = input;
  }

  listen(callback: DataCallback): Disposable {
    const onData = (data: Buffer): void => {
      this.#pieces.push(data);
      this.#held += data.byteLength;
      if (this.#held >= this.#wanted) this.#read(callback);
    };
    const onError = (error: unknown): void => this.fireError(error);
    const onClose = (): void => this.fireClose();
    this.#input.on('data', onData).on('error', onError).on('close', onClose);
    return {
      dispose: () => this.#input.off('data', onData).off('error', onError).off('close', onClose),
    };
  }

  #read(callback: DataCallback): void {
    let rest = Buffer.concat(this.#pieces);
    this.#wanted = 0;
    for (;;) {
      const end = rest.indexOf('\r\n\r\n');
      if (end < 0) break;
      const length = /^content-length:\s*(\d+)\s*$/im.exec(rest.subarray(0, end).toString('latin1'))?.[1];
      const from = end + 4;
      const to = from + Number(length ?? 0);
      if (rest.byteLength < to) {
        this.#wanted = to;
        break;
      }
      if (length === undefined) this.fireError(new Error('A header without a Content-Length.'));
      else this.#handOn(rest.subarray(from, to).toString(), callback);
      rest = rest.subarray(to);
    }
    this.#pieces = [rest];
    this.#held = rest.byteLength;
  }

  #handOn(body: string, callback: DataCallback): void {
    const read = readMessage(body);
    if (read instanceof Error) this.fireError(read);
    else callback(read);
  }
}

const envelope = z.looseObject({ jsonrpc: z.string() });

function readMessage(body: string): Message | Error {
  try {
    return envelope.parse(JSON.parse(body));
  } catch (error) {
    return new Error(`A message that cannot be read: ${errorText(error)}`);
  }
}
