import crypto from 'node:crypto';
import S3rver from 's3rver';

export const S3_KEY = 'S3RVER';

/** An S3 store on loopback, for tests, that keeps its objects in a directory. */
export async function startS3Server(
  directory: string,
  bucket: string,
): Promise<{ readonly endpoint: string; close(): Promise<void> }> {
  withoutDes();
  const server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory,
    configureBuckets: [{ name: bucket, configs: [] }],
  });
  const { port } = (await server.run()) as { port: number };
  return { endpoint: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** It draws its continuation tokens with DES, which no OpenSSL of today has; nobody here reads them. */
function withoutDes(): void {
  const { createCipheriv } = crypto;
  const noCipher = { update: (text: string) => Buffer.from(text), final: () => Buffer.alloc(0) };
  crypto.createCipheriv = ((algorithm: string, ...rest: never[]) =>
    algorithm === 'des'
      ? noCipher
      : (createCipheriv as (...args: unknown[]) => unknown)(algorithm, ...rest)) as typeof createCipheriv;
}
