/**
 * What this server tells the others and hears from them. It only quickens what each finds by itself when it looks the next time, so it may be lost. However much
 * happens, little is said: the first news goes at once, and what comes within a moment after it goes together, the same thing once.
 */
import { readNews, type ServerNews, writeNews } from '../../protocol/news.ts';
import type { Timers } from '../loops/loop.ts';

/** To all other servers and from them; what was said may come back to who said it. */
export interface ServersLine {
  say(text: string): void;
  listen(take: (text: string) => void): void;
}

export interface News {
  tell(news: ServerNews): void;
}

export interface NewsParts {
  readonly line: ServersLine;
  readonly timers: Timers;
  /** Whether nobody is there to be told. */
  readonly alone: () => boolean;
  readonly hear: (news: ServerNews) => void;
}

const MOMENT_MS = 30;
/** A database's line takes no more than that. */
const LONGEST = 4_000;

export const NO_NEWS: News = { tell: () => undefined };

export function createNews({ line, timers, alone, hear }: NewsParts): News {
  const waiting = new Map<string, ServerNews>();
  let quiet = true;

  function send(): void {
    if (waiting.size === 0) {
      quiet = true;
      return;
    }
    let letter: ServerNews[] = [];
    for (const news of waiting.values()) {
      if (writeNews([...letter, news]).length > LONGEST) {
        line.say(writeNews(letter));
        letter = [];
      }
      letter.push(news);
    }
    waiting.clear();
    line.say(writeNews(letter));
    timers.after(MOMENT_MS, send);
  }

  line.listen((text) => {
    for (const news of readNews(text)) hear(news);
  });

  return {
    tell(news) {
      if (news.kind !== 'hello' && alone()) return;
      waiting.set(JSON.stringify(news), news);
      if (!quiet) return;
      quiet = false;
      // What one turn has to say goes together.
      timers.after(0, send);
    },
  };
}
