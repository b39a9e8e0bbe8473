import type { Flags } from './flags.ts';

/** Where a server keeps everything, and how it gets there. */
export const databaseFlags = {
  dbSystem: {
    kind: 'text',
    choices: ['mem', 'sqlite', 'postgresql', 'mysql', 'mariadb', 'mongodb'],
    placeholder: 'system',
    doc: 'where everything is kept; by default sqlite, or what --db-url names',
  },
  dbName: {
    kind: 'text',
    placeholder: 'name',
    doc: 'the SQLite file, by default server/pikoci.db in the data directory; or the name of the database, by default pikoci',
  },
  dbHost: {
    kind: 'text',
    placeholder: 'address',
    doc: "the database server's name or address, or its socket (of postgresql the directory of it); by default localhost",
  },
  dbPort: { kind: 'integer', fallback: 0, min: 0, max: 65_535, doc: 'its port; 0 is the usual one of its kind' },
  dbUser: { kind: 'text', placeholder: 'name', doc: 'who we are there; by default pikoci' },
  dbPassword: {
    kind: 'text',
    sensitive: true,
    placeholder: 'password',
    doc: 'the password; on a command line others on this machine can read it, in a file or the environment they cannot',
  },
  dbPasswordFile: { kind: 'text', placeholder: 'file', doc: 'a file that holds the password' },
  dbUrl: {
    kind: 'text',
    sensitive: true,
    placeholder: 'url',
    doc: 'all of that in one: postgresql://user@host:5432/name?sslmode=require',
  },
  mongodbUrl: {
    kind: 'text',
    env: ['MONGODB_URL'],
    sensitive: true,
    placeholder: 'url',
    doc: 'of mongodb, where no --db-url and no --db-host says it: mongodb://user@host:27017/name',
  },
  dbTls: { kind: 'switch', fallback: false, doc: 'speak TLS with the database server' },
  dbTlsCa: {
    kind: 'text',
    placeholder: 'file',
    doc: "the authority that signed its certificate, in PEM; by default the system's",
  },
  dbTlsVerify: { kind: 'switch', fallback: true, doc: 'refuse a certificate that is not right' },
  dbTlsCert: { kind: 'text', placeholder: 'file', doc: 'a certificate of ours, in PEM, where it wants one' },
  dbTlsKey: { kind: 'text', placeholder: 'file', doc: 'the key of that certificate' },
  dbWait: {
    kind: 'duration',
    fallback: '30s',
    doc: 'how long a database server that does not answer yet is waited for at the start; 0s is not at all',
  },
  dbConnections: { kind: 'integer', fallback: 10, min: 2, max: 1_000, doc: 'how many connections to it, at most' },
} as const satisfies Flags;
