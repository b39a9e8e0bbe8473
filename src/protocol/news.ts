/** What servers of one database tell each other, so that what one stores is noticed at another. Only names of things: whoever hears it reads the store. Failures to sign in alone are stored nowhere. */
import { z } from 'zod';

const serverNews = z.discriminatedUnion('kind', [
  /** A server is there that was not there before. */
  z.object({ kind: z.literal('hello') }),
  /** There may be work for a held question; `at`: from that instant on. */
  z.object({ kind: z.literal('work'), at: z.number().optional() }),
  /** Something happened to the pipeline that its scheduling goes by: to these of it, or to all of it. */
  z.object({
    kind: z.literal('schedule'),
    pipeline: z.string(),
    jobs: z.array(z.string()).optional(),
    resources: z.array(z.string()).optional(),
  }),
  /** A webhook was kept. */
  z.object({ kind: z.literal('webhooks') }),
  /** Something was written that pages show. */
  z.object({ kind: z.literal('feed') }),
  /** A build, its attempts or their logs have become more. */
  z.object({ kind: z.literal('build'), build: z.string() }),
  /** From this address so many attempts to sign in have failed. */
  z.object({ kind: z.literal('failures'), address: z.string().max(64), used: z.number().min(0).max(1_000) }),
  /** The worker that runs this attempt is to be told to stop. */
  z.object({ kind: z.literal('cancel'), attempt: z.string() }),
]);
export type ServerNews = z.infer<typeof serverNews>;

/** Those of a later version that this one does not know are passed over. */
const letter = z.object({ news: z.array(z.unknown()) });

export function writeNews(news: readonly ServerNews[]): string {
  return JSON.stringify({ news });
}

/** What cannot be read says nothing. */
export function readNews(text: string): readonly ServerNews[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return [];
  }
  const parsed = letter.safeParse(json);
  if (!parsed.success) return [];
  return parsed.data.news.flatMap((one) => {
    const known = serverNews.safeParse(one);
    return known.success ? [known.data] : [];
  });
}
