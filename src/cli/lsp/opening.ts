import { Message } from 'vscode-languageserver/node';
import { z } from 'zod';

/** `initialize` with what the library and we take for granted in it. Clients that can do nothing leave their `capabilities` out, though the protocol wants them. */
const opening = z.looseObject({
  capabilities: z.looseObject({}).catch({}),
  processId: z.int().nullable().catch(null),
  rootUri: z.string().nullable().catch(null),
  workspaceFolders: z
    .array(z.looseObject({ uri: z.string() }))
    .nullish()
    .catch(null),
});

export function completeOpening(message: Message): Message {
  if (!Message.isRequest(message) || message.method !== 'initialize') return message;
  return { ...message, params: opening.catch(opening.parse({})).parse(message.params) } as Message;
}
