import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { askHttp } from './protocols/exchange.ts';
import { hostPort, type Login, type ServiceFacts } from './service-facts.ts';

/** An S3 store. The user is the access key, the password the secret key. */
export const minio: ServiceFacts = {
  name: 'minio',
  title: 'MinIO',
  image: 'minio/minio',
  tag: 'latest',
  containerPort: 9000,
  defaults: { user: 'minioadmin' },
  secret: 'password',
  url: (address) => `http://${hostPort(address)}`,
  container: ({ login, args }) => ({ env: root(login), command: ['server', '/data', ...args] }),
  process: {
    programs: { server: ['minio'] },
    packages: 'minio',
    versionArgs: ['--version'],
    accounts: ['minio', 'minio-user', 'nobody'],
    stopSignals: ['SIGTERM'],
    async prepare(place) {
      const data = join(place.directory, 'data');
      mkdirSync(data, { recursive: true });
      place.own(data);
      const address = `127.0.0.1:${place.port}`;
      return {
        program: place.programs.server ?? '',
        args: ['server', data, '--address', address, ...place.args],
        env: root(place.login),
      };
    },
  },
  ready: (address) => askHttp(address, '/minio/health/ready', [200]),
};

const root = ({ user = '', password = '' }: Login): Record<string, string> => ({
  MINIO_ROOT_USER: user,
  MINIO_ROOT_PASSWORD: password,
  // Its page would listen on one more port.
  MINIO_BROWSER: 'off',
});
