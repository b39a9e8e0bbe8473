/** A connection to one database of a MongoDB server: opened with the first question, and failures get our words. */
import { type Collection, type Db, type Document, MongoClient, type MongoClientOptions } from 'mongodb';
import { CodedError } from '../../lib/coded-error.ts';
import {
  CONNECT_TIMEOUT_MS,
  CONNECTIONS,
  type DatabaseAddress,
  type DatabaseServerOptions,
  nameOf,
  secureOptions,
} from '../sql/database-server.ts';
import { type DatabaseWatch, NOBODY_WATCHES } from '../sql/database-watch.ts';
import { isUnsure, mongoFailure } from './mongo-errors.ts';

/** How a server of MongoDB is found, beside what every database server has. */
export interface MongoAddress extends DatabaseAddress {
  /** More servers of the same replica set, each `host` or `host:port`. */
  readonly others?: readonly string[] | undefined;
  /** `host` is a name under which DNS has the servers. */
  readonly srv?: boolean | undefined;
  readonly replicaSet?: string | undefined;
  /** The database that knows the user; by default `admin`. */
  readonly authSource?: string | undefined;
}

export interface MongoOptions extends MongoAddress, Omit<DatabaseServerOptions, keyof DatabaseAddress> {}

/** Where no server answers. The driver looks for one all the time. */
const SELECTION_TIMEOUT_MS = 3_000;
const LOOK_EVERY_MS = 2_000;
/** Without an answer for so long it is taken for lost, whatever the line says. */
const SILENT_MS = 60_000;

export class MongoConnection {
  readonly where: string;
  readonly #watch: DatabaseWatch;
  readonly #client: MongoClient;
  readonly #name: string;
  #doubts = 0;
  #replicated: Promise<boolean> | undefined;

  constructor(options: MongoOptions) {
    this.where = nameOf(options);
    this.#watch = options.watch ?? NOBODY_WATCHES;
    this.#name = options.database;
    this.#client = new MongoClient(addressOf(options), clientOptions(options));
    // A server that died and came back may have lost what it had not yet written, and nobody need have asked it meanwhile.
    this.#client.on('connectionClosed', () => {
      this.#doubts += 1;
    });
  }

  /** Grows with each failure after which it is not known whether what was there is there still. */
  get doubts(): number {
    return this.#doubts;
  }

  get db(): Db {
    return this.#client.db(this.#name);
  }

  collection<Shape extends Document>(name: string): Collection<Shape> {
    return this.db.collection<Shape>(name);
  }

  /** Asks, and gives failures our words. */
  async run<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (isUnsure(error)) this.#doubts += 1;
      const failure = mongoFailure(error, this.where);
      if (failure instanceof CodedError) {
        this.#doubts += 1;
        this.#watch.failed(failure);
      }
      throw failure;
    }
  }

  written(): void {
    this.#watch.written();
  }

  /**
   * What only a majority of a replica set has keeps through a change of its primary; a single server has no other, and its journal on its disk is what
   * counts.
   */
  async concerns() {
    this.#replicated ??= this.#isReplicated();
    const replicated = await this.#replicated.catch((error: unknown) => {
      this.#replicated = undefined;
      throw error;
    });
    return replicated
      ? ({ write: { w: 'majority', j: true }, read: { level: 'majority' } } as const)
      : ({ write: { w: 1, j: true }, read: { level: 'local' } } as const);
  }

  async #isReplicated(): Promise<boolean> {
    const { setName, msg } = await this.hello();
    return setName !== undefined || msg === 'isdbgrid';
  }

  async hello(): Promise<Document> {
    return await this.run(async () => {
      try {
        return await this.db.command({ hello: 1 });
      } catch (error) {
        if (!(error instanceof Error) || !/no such command/i.test(error.message)) throw error;
        return await this.db.command({ isMaster: 1 });
      }
    });
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}

function addressOf({ host, port, others = [], srv = false }: MongoAddress): string {
  // A socket's path is written with %2F.
  const first = host.startsWith('/') ? encodeURIComponent(host) : host.includes(':') ? `[${host}]` : host;
  if (srv) return `mongodb+srv://${first}/`;
  return `mongodb://${[host.startsWith('/') ? first : `${first}:${port}`, ...others].join(',')}/`;
}

function clientOptions(options: MongoOptions): MongoClientOptions {
  const { user, password, replicaSet, authSource, tls, connections = CONNECTIONS } = options;
  return {
    appName: 'pikoci',
    maxPoolSize: connections,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    serverSelectionTimeoutMS: SELECTION_TIMEOUT_MS,
    heartbeatFrequencyMS: LOOK_EVERY_MS,
    waitQueueTimeoutMS: CONNECT_TIMEOUT_MS,
    socketTimeoutMS: SILENT_MS,
    // What is written is written by its number, once; and what failed is told at once.
    retryWrites: false,
    retryReads: false,
    promoteBuffers: true,
    ignoreUndefined: true,
    ...(password !== undefined && { auth: { username: user, password }, authSource: authSource ?? 'admin' }),
    ...(replicaSet !== undefined && { replicaSet }),
    ...(tls === undefined ? { tls: false } : tlsOptions(tls)),
  };
}

function tlsOptions(tls: NonNullable<DatabaseAddress['tls']>): MongoClientOptions {
  const { rejectUnauthorized, ca, cert, key } = secureOptions(tls);
  return {
    tls: true,
    tlsAllowInvalidCertificates: rejectUnauthorized === false,
    tlsAllowInvalidHostnames: rejectUnauthorized === false,
    ...(ca !== undefined && { ca: ca as string }),
    ...(cert !== undefined && { cert: cert as string }),
    ...(key !== undefined && { key: key as string }),
  };
}
