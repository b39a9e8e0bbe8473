import { CodedError } from '../../lib/coded-error.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Handlers } from '../http/call.ts';
import { type ExportParts, writeExport } from './write-export.ts';

export function exportRoutes(parts: ExportParts & { readonly logger: Logger }): Handlers<'exportAll'> {
  let running = false;
  return {
    async exportAll({ principal, body }) {
      if (running) {
        throw new CodedError('export.running', 'another export is being made', { hint: 'try again when it is over' });
      }
      running = true;
      const over = (): void => {
        running = false;
      };
      try {
        parts.logger.info('an export was begun', { by: principal.name });
        const bytes = await writeExport(parts, { passphrase: body.passphrase, over });
        const name = `pikoci-${new Date(parts.clock.now()).toISOString().slice(0, 10)}.export`;
        return new Response(bytes, {
          headers: {
            'content-type': 'application/gzip',
            'content-disposition': `attachment; filename="${name}"`,
            'cache-control': 'no-store',
          },
        });
      } catch (error) {
        over();
        throw error;
      }
    },
  };
}
