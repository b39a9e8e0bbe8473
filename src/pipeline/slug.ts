/** A text as a part of a name: accents go, and whatever else a name may not hold becomes `-`. Empty when nothing is left to tell it by. */
export function slugOf(text: string): string {
  const plain = text.normalize('NFKD').replace(/\p{M}+/gu, '');
  const slug = plain.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^-+|-+$/g, '');
  return /[A-Za-z0-9]/.test(slug) ? slug : '';
}
