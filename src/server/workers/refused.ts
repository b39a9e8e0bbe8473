import type { ServerAnswer } from '../../protocol/messages.ts';

export function refused(code: string, message: string, hint: string): Extract<ServerAnswer, { kind: 'refused' }> {
  return { kind: 'refused', problem: { code, message, hint } };
}
