let segmenter: Intl.Segmenter | undefined;

/** The grapheme clusters of a text: what a person calls its characters. The segmenter is made when the first text needs it: it costs milliseconds. */
export function* graphemes(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  for (const { segment } of segmenter.segment(text)) yield segment;
}
