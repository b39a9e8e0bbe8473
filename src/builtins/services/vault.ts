import { askHttp } from './protocols/exchange.ts';
import { hostPort, type ServiceFacts } from './service-facts.ts';

/** Its development server: unsealed, in memory, a key-value store of version 2 at `secret/`. The password is its root token. */
export const vault: ServiceFacts = {
  name: 'vault',
  title: 'Vault',
  image: 'hashicorp/vault',
  tag: '1.19',
  containerPort: 8200,
  defaults: {},
  secret: 'token',
  url: (address) => `http://${hostPort(address)}`,
  more: ({ password = '' }) => ({ TOKEN: password }),
  container: ({ login, args }) => ({
    env: {
      VAULT_DEV_ROOT_TOKEN_ID: login.password ?? '',
      VAULT_DEV_LISTEN_ADDRESS: '0.0.0.0:8200',
      // It would ask for a right to lock memory, which a server that keeps nothing can do without.
      SKIP_SETCAP: 'true',
    },
    command: ['server', '-dev', ...args],
  }),
  process: {
    programs: { server: ['vault', 'bao'] },
    packages: 'vault (or OpenBao)',
    versionArgs: ['version'],
    accounts: ['vault', 'nobody'],
    stopSignals: ['SIGTERM'],
    prepare: async (place) => ({
      program: place.programs.server ?? '',
      args: ['server', '-dev', '-dev-no-store-token', `-dev-listen-address=127.0.0.1:${place.port}`, ...place.args],
      env: {
        VAULT_DEV_ROOT_TOKEN_ID: place.login.password ?? '',
        BAO_DEV_ROOT_TOKEN_ID: place.login.password ?? '',
      },
    }),
  },
  // Sealed, standing by, or not initialised are other codes.
  ready: (address) => askHttp(address, '/v1/sys/health', [200]),
};
