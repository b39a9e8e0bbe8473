/**
 * How a worker process and a server find that each is who it says, over a broker that others can read and write.
 *
 *     worker -> accept           hello, sealed to the servers: its token's JWT, who it is, an X25519 key for this once; signed with the token's seed
 *     server -> worker's mailbox welcome: an X25519 key for this once, where packets go; or why not. Signed by the servers, over that very hello
 *
 * Both make the keys of a channel of the two X25519 keys. A hello that is repeated by somebody else leads nowhere: he has not the key that it names, so no
 * packet comes. Neither clock nor memory is needed for that.
 */
import { createHash, hkdfSync } from 'node:crypto';
import { z } from 'zod';
import { generateSealKey, open, type SealKey, seal, sharedSecret } from '../../lib/system/seal.ts';
import { isSignedBy, type SigningKey, signingKeyFrom, signMessage } from '../../lib/system/signing.ts';
import type { WorkerCredentials } from '../../protocol/worker-token.ts';
import type { Sender } from '../queue.ts';
import { LETTER, SESSION_BYTES } from './channel.ts';
import { SERVER_MAILBOX, WORKER_MAILBOX } from './mailboxes.ts';

/** What servers of one secret have in common. */
export interface ServerIdentity {
  readonly signing: SigningKey;
  readonly sealing: SealKey;
}

/** What the servers know of a token, from its JWT. */
export type Judgement = { readonly from: Sender; readonly key: string } | { readonly refused: string };

/** `worker`: which of the processes that share the token it says it is. */
export type JudgeToken = (jwt: string, worker: string) => Promise<Judgement>;

export interface ChannelKeys {
  readonly session: Uint8Array;
  readonly write: Uint8Array;
  readonly read: Uint8Array;
}

const HELLO = 'pikoci hello 1';
const WELCOME = 'pikoci welcome 1';
const MAX_HELLO_BYTES = 7 * 1024;

const key = z.string().length(44);
const hello = z.object({
  jwt: z.string().max(4_096),
  worker: z.string().min(1).max(64),
  instance: z.string().min(1).max(64),
  mailbox: z.string().regex(WORKER_MAILBOX),
  key,
  /** So that what was said to one server's kind is not taken for being said to another's. */
  serverKey: key,
});
const welcome = z.object({
  hello: key,
  answer: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('accepted'), key, mailbox: z.string().regex(SERVER_MAILBOX) }),
    z.object({ kind: z.literal('refused'), reason: z.string() }),
  ]),
});
type Answer = z.infer<typeof welcome>['answer'];
const signed = z.object({ body: z.string(), signature: z.string() });

export type Welcome =
  | { readonly kind: 'accepted'; readonly mailbox: string; readonly keys: ChannelKeys }
  | { readonly kind: 'refused'; readonly reason: string };

/** The worker's part, for one connection. */
export class WorkerHandshake {
  readonly hello: Uint8Array;
  readonly #key = generateSealKey();
  readonly #serverKey: string;

  /** Throws `seal.bad_key` for a token whose keys are none. */
  constructor(
    credentials: WorkerCredentials,
    self: { readonly worker: string; readonly instance: string; readonly mailbox: string },
  ) {
    const { jwt, serverKey, serverSealKey } = credentials;
    this.#serverKey = serverKey;
    const body: z.infer<typeof hello> = { jwt, ...self, key: this.#key.publicKey, serverKey };
    const seed = signingKeyFrom(Buffer.from(credentials.seed, 'base64'));
    this.hello = letter(LETTER.hello, seal(serverSealKey, signedText(seed, HELLO, body)));
  }

  /** `undefined`: not from our servers, or not about this connection. */
  read(message: Uint8Array): Welcome | undefined {
    const opened = readSigned(welcome, this.#serverKey, WELCOME, textOf(message));
    const digest = digestOf(this.hello);
    if (opened?.hello !== digest) return undefined;
    const { answer } = opened;
    if (answer.kind === 'refused') return answer;
    const { session, toServer, toWorker } = channelKeys(this.#key, answer.key, digest);
    return { kind: 'accepted', mailbox: answer.mailbox, keys: { session, write: toServer, read: toWorker } };
  }
}

export interface HeardHello {
  /** Where the answer goes. */
  readonly mailbox: string;
  readonly welcome: Uint8Array;
  /** Absent: it was refused, as the answer says. */
  readonly accepted?: { readonly from: Sender; readonly instance: string; readonly keys: ChannelKeys } | undefined;
  readonly refused?: string | undefined;
}

/** The server's part. `undefined`: these are no words of a worker that has a token of ours. */
export async function hearHello(
  message: Uint8Array,
  parts: { readonly identity: ServerIdentity; readonly judge: JudgeToken; readonly mailbox: string },
): Promise<HeardHello | undefined> {
  const { identity, judge } = parts;
  if (message.byteLength > MAX_HELLO_BYTES) return undefined;
  const envelope = signed.safeParse(parseJson(openSealed(identity.sealing, textOf(message))));
  if (!envelope.success) return undefined;
  const parsed = hello.safeParse(parseJson(envelope.data.body));
  if (!parsed.success || parsed.data.serverKey !== identity.signing.publicKey) return undefined;
  const { jwt, worker, instance, mailbox } = parsed.data;
  const digest = digestOf(message);
  const answered = (answer: Answer): { mailbox: string; welcome: Uint8Array } => ({
    mailbox,
    welcome: letter(LETTER.welcome, signedText(identity.signing, WELCOME, { hello: digest, answer })),
  });

  const judged = await judge(jwt, worker);
  if ('refused' in judged) {
    return { ...answered({ kind: 'refused', reason: judged.refused }), refused: judged.refused };
  }
  if (!isSignedBy(judged.key, HELLO, bytesOf(envelope.data.body), envelope.data.signature)) return undefined;
  const own = generateSealKey();
  const keys = keysWith(own, parsed.data.key, digest);
  if (keys === undefined) return undefined;
  const { session, toServer, toWorker } = keys;
  return {
    ...answered({ kind: 'accepted', key: own.publicKey, mailbox: parts.mailbox }),
    accepted: {
      from: judged.from,
      instance,
      keys: { session, write: toWorker, read: toServer },
    },
  };
}

/** `undefined`: the worker's key is one that would be shared with everybody. */
function keysWith(own: SealKey, theirs: string, digest: string): ReturnType<typeof channelKeys> | undefined {
  try {
    return channelKeys(own, theirs, digest);
  } catch {
    return undefined;
  }
}

function channelKeys(own: SealKey, theirs: string, digest: string) {
  const secret = sharedSecret(own, theirs);
  const salt = Buffer.from(digest, 'base64');
  const derive = (purpose: string, bytes: number): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', secret, salt, `pikoci channel 1: ${purpose}`, bytes));
  return {
    session: derive('session', SESSION_BYTES),
    toServer: derive('to the server', 32),
    toWorker: derive('to the worker', 32),
  };
}

function signedText(signing: SigningKey, purpose: string, value: unknown): string {
  const body = JSON.stringify(value);
  return JSON.stringify({ body, signature: signMessage(signing, purpose, bytesOf(body)) });
}

function readSigned<T>(schema: z.ZodType<T>, publicKey: string, purpose: string, text: string): T | undefined {
  const envelope = signed.safeParse(parseJson(text));
  if (!envelope.success) return undefined;
  const { body, signature } = envelope.data;
  if (!isSignedBy(publicKey, purpose, bytesOf(body), signature)) return undefined;
  return schema.safeParse(parseJson(body)).data;
}

/** Of a stranger's words, everything is to be expected: what cannot be opened is nothing. */
function openSealed(sealing: SealKey, text: string): unknown {
  try {
    return open(sealing, text);
  } catch {
    return undefined;
  }
}

function parseJson(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function letter(kind: number, text: string): Uint8Array {
  return Buffer.concat([Buffer.of(kind), bytesOf(text)]);
}

const textOf = (message: Uint8Array): string => new TextDecoder().decode(message.subarray(1));
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const digestOf = (message: Uint8Array): string => createHash('sha256').update(message).digest('base64');
