/**
 * A line by LISTEN and NOTIFY, over a connection of its own. When that is lost it is made again after a while; what is said meanwhile is lost, and whoever was to hear
 * it looks by himself.
 */
import { Client, type ClientConfig } from 'pg';
import type { ServersLine } from '../../servers.ts';

const AGAIN_MS = 1_000;
/** Said while there is no connection yet. */
const MOST_WAITING = 20;

export function openPostgresLine(config: ClientConfig, schema: string | undefined): ServersLine {
  const channel = `pikoci_${schema ?? 'servers'}`;
  let client: Client | undefined;
  let take: ((text: string) => void) | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let waiting: string[] = [];

  async function connect(): Promise<void> {
    const mine = new Client(config);
    let over = false;
    const lost = (): void => {
      if (over) return;
      over = true;
      if (client === mine) client = undefined;
      mine.end().catch(() => undefined);
      if (!closed) timer = setTimeout(() => void connect(), AGAIN_MS);
    };
    mine.on('error', lost);
    mine.on('end', lost);
    mine.on('notification', ({ payload }) => {
      if (payload !== undefined && !closed) take?.(payload);
    });
    try {
      await mine.connect();
      await mine.query(`listen ${mine.escapeIdentifier(channel)}`);
      if (closed || over) return lost();
      client = mine;
      for (const text of waiting.splice(0)) send(mine, text);
    } catch {
      lost();
    }
  }

  function send(by: Client, text: string): void {
    by.query('select pg_notify($1, $2)', [channel, text]).catch(() => undefined);
  }

  void connect();
  return {
    say(text) {
      if (client !== undefined) send(client, text);
      else waiting = [...waiting, text].slice(-MOST_WAITING);
    },
    listen(heard) {
      take = heard;
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      const last = client;
      client = undefined;
      await last?.end().catch(() => undefined);
    },
  };
}
