import { findProgram } from './find-program.ts';
import type { Availability } from './required.ts';

/** Servers that tests only start by way of pikoci itself: whether their programs are here. */
export function programsAvailability(programs: readonly string[], itsPackage: string): Availability {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  if (missing.length === 0) return { available: true };
  return { available: false, reason: `${missing.join(' and ')} is not installed (apt: ${itsPackage})` };
}
