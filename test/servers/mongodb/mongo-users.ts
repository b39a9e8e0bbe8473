/** Users for a server that knows none: who signs in by SCRAM-SHA-256 or SCRAM-SHA-1 (RFC 5802), and who may only read. In MongoDB's words. */
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Answer, Judge } from './mongo-gate.ts';

export interface MongoUser {
  readonly password: string;
  readonly mayOnlyRead?: boolean;
}

const ROUNDS = 4096;
/** What anybody may ask. */
const OPEN = ['hello', 'ismaster', 'isMaster', 'ping', 'buildInfo', 'endSessions', 'killCursors'];
const WRITES = ['insert', 'update', 'delete', 'findAndModify', 'create', 'drop', 'dropDatabase', 'createIndexes'];

const REFUSED: Answer = { code: 18, codeName: 'AuthenticationFailed', errmsg: 'Authentication failed.' };

interface SignIn {
  readonly name: string;
  readonly hash: 'sha1' | 'sha256';
  readonly salted: Buffer;
  readonly nonce: string;
  /** What both have said, as it is signed. */
  readonly said: string;
}

export function judgeByUsers(users: ReadonlyMap<string, MongoUser>): Judge {
  const begun = new WeakMap<object, SignIn>();
  const known = new WeakMap<object, string>();
  return (command, about, document, connection) => {
    if (OPEN.includes(command)) return 'pass';
    const payload = (): string => Buffer.from(document.payload as Uint8Array).toString();
    if (command === 'saslStart') {
      const hash = document.mechanism === 'SCRAM-SHA-1' ? 'sha1' : 'sha256';
      const [, first = '', name = '', theirs = ''] = /^n,,(n=([^,]*),r=(.*))$/.exec(payload()) ?? [];
      const user = users.get(name.replaceAll('=2C', ',').replaceAll('=3D', '='));
      if (user === undefined) return REFUSED;
      const salt = randomBytes(16);
      const nonce = theirs + randomBytes(18).toString('base64');
      const ours = `r=${nonce},s=${salt.toString('base64')},i=${ROUNDS}`;
      const salted = pbkdf2Sync(secretOf(name, user, hash), salt, ROUNDS, hash === 'sha1' ? 20 : 32, hash);
      begun.set(connection, { name, hash, salted, nonce, said: `${first},${ours}` });
      return { say: { conversationId: 1, done: false, payload: Buffer.from(ours) } };
    }
    if (command === 'saslContinue') {
      const sign = begun.get(connection);
      if (sign === undefined) return REFUSED;
      const verifier = verify(sign, payload());
      if (verifier === undefined) return REFUSED;
      known.set(connection, sign.name);
      return { say: { conversationId: 1, done: true, payload: Buffer.from(`v=${verifier}`) } };
    }
    const user = users.get(known.get(connection) ?? '');
    if (user === undefined) {
      return { code: 13, codeName: 'Unauthorized', errmsg: `Command ${command} requires authentication` };
    }
    if (user.mayOnlyRead === true && WRITES.includes(command)) {
      return {
        code: 13,
        codeName: 'Unauthorized',
        errmsg: `not authorized on ${document.$db} to execute command { ${command}: "${about}" }`,
      };
    }
    return 'pass';
  };
}

/** MongoDB's SCRAM-SHA-1 is older than its passwords in clear. */
const secretOf = (name: string, { password }: MongoUser, hash: SignIn['hash']): string =>
  hash === 'sha256' ? password : createHash('md5').update(`${name}:mongo:${password}`).digest('hex');

/** The signature of ours that proves that we knew the password, too. */
function verify({ hash, salted, nonce, said }: SignIn, last: string): string | undefined {
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
  const [, without = '', proof = ''] = /^(c=biws,r=.*),p=(.*)$/.exec(last) ?? [];
  const signed = `${said},${without}`;
  const clientKey = hmac(salted, 'Client Key');
  const stored = createHash(hash).update(clientKey).digest();
  const signature = hmac(stored, signed);
  const wanted = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
  const given = Buffer.from(proof, 'base64');
  if (without !== `c=biws,r=${nonce}` || given.length !== wanted.length || !timingSafeEqual(given, wanted))
    return undefined;
  return hmac(hmac(salted, 'Server Key'), signed).toString('base64');
}
