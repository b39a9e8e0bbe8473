import type { ResourceView } from '../../protocol/api.ts';

const LONG_MS = 10_000;

/** Most checks are over before anybody has read that there is one. */
export const checksLong = ({ checkingSince }: ResourceView, now: number): boolean =>
  checkingSince !== undefined && now - checkingSince >= LONG_MS;
