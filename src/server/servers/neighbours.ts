/** The other servers of the database: they hear what happens here, and what happens there wakes whoever waits here. */
import { assertNever } from '../../lib/assert-never.ts';
import type { Clock } from '../../lib/clock.ts';
import type { AttemptId, BuildId, PipelineId } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Happened } from '../../pipeline/job-links.ts';
import type { ServerNews } from '../../protocol/news.ts';
import type { KeptServer } from '../../store/servers.ts';
import type { Store } from '../../store/store.ts';
import type { Loop, Timers } from '../loops/loop.ts';
import type { Wakeups } from '../wakeups.ts';
import { createNews, type News, NO_NEWS, type ServersLine } from './news.ts';
import { createPresence } from './presence.ts';

/** What a server needs to be one of several. */
export interface AmongServers {
  /** How it is written down now; it was for the first time already. */
  readonly server: () => KeptServer;
  /** Nobody else can have the database. */
  readonly sole: boolean;
  /** Absent: nobody else can be there. */
  readonly line: ServersLine | undefined;
  readonly onRefused: (error: Error) => void;
}

/** More names than that are all of them: letters are short. */
const MOST_NAMES = 20;

/** The server that made something decides about it; should it die before that, the others look after this. */
const OTHERS_LOOK_MS = 1_000;

export interface Neighbours {
  /** What `own` does, and the same at the others. */
  readonly wakeups: Wakeups;
  readonly tellCancel: (attempt: AttemptId) => void;
  readonly tellFailures: (address: string, used: number) => void;
  readonly loops: readonly Loop[];
}

export function createNeighbours(parts: {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly among: AmongServers | undefined;
  readonly own: Wakeups;
  /** Wakes held questions, without a word to anybody. */
  readonly wakeQuestions: () => void;
  /** Tells a worker that is connected here. */
  readonly cancelHere: (attempt: AttemptId) => void;
  /** Attempts to sign in have failed at another. */
  readonly heardFailures: (address: string, used: number) => void;
  /** Looks at everything, because a server is gone. */
  readonly lookAtAll: () => void;
}): Neighbours {
  const { among, own, timers } = parts;
  if (among === undefined) {
    return { wakeups: own, tellCancel: () => undefined, tellFailures: () => undefined, loops: [] };
  }

  const presence = createPresence({ ...parts, ...among, onGone: parts.lookAtAll });
  const news: News =
    among.line === undefined
      ? NO_NEWS
      : createNews({ line: among.line, timers, alone: presence.alone, hear: (one) => hear(one) });

  const looks = new Set<() => void>();
  function lookLater({ pipeline, jobs, resources }: Extract<ServerNews, { kind: 'schedule' }>): void {
    const cancel = timers.after(OTHERS_LOOK_MS, () => {
      looks.delete(cancel);
      const happened = jobs === undefined || resources === undefined ? undefined : { jobs, resources };
      own.schedule(pipeline as PipelineId, happened);
    });
    looks.add(cancel);
  }

  function hear(heard: ServerNews): void {
    presence.heardOther();
    switch (heard.kind) {
      case 'hello':
        break;
      case 'work':
        if (heard.at === undefined) parts.wakeQuestions();
        else own.workAt(heard.at);
        break;
      case 'schedule':
        lookLater(heard);
        break;
      case 'webhooks':
        own.webhooks();
        break;
      case 'feed':
        own.feed();
        break;
      case 'build':
        own.build(heard.build as BuildId);
        break;
      case 'failures':
        parts.heardFailures(heard.address, heard.used);
        break;
      case 'cancel':
        parts.cancelHere(heard.attempt as AttemptId);
        break;
      default:
        assertNever(heard);
    }
  }

  return {
    wakeups: {
      schedule(pipeline, happened) {
        own.schedule(pipeline, happened);
        news.tell({ kind: 'schedule', pipeline, ...(happened && named(happened)) });
      },
      work(kind) {
        own.work(kind);
        news.tell({ kind: 'work' });
      },
      workAt(at) {
        own.workAt(at);
        news.tell({ kind: 'work', at });
      },
      checks: own.checks,
      webhooks() {
        own.webhooks();
        news.tell({ kind: 'webhooks' });
      },
      feed() {
        own.feed();
        news.tell({ kind: 'feed' });
      },
      build(build) {
        own.build(build);
        news.tell({ kind: 'build', build });
      },
      events(build) {
        own.events(build);
        news.tell({ kind: 'build', build });
      },
    },
    tellCancel: (attempt) => news.tell({ kind: 'cancel', attempt }),
    tellFailures: (address, used) => news.tell({ kind: 'failures', address, used }),
    loops: [
      {
        ...presence,
        start() {
          presence.start();
          news.tell({ kind: 'hello' });
        },
        async stop() {
          for (const cancel of looks) cancel();
          await presence.stop();
        },
      },
    ],
  };
}

function named({ jobs, resources }: Happened): { jobs?: string[]; resources?: string[] } {
  return jobs.length + resources.length > MOST_NAMES ? {} : { jobs: [...jobs], resources: [...resources] };
}
