import type { ExportCounts, ExportHeader, ExportPart } from './export-file.ts';

export interface ExportSummary {
  readonly header: ExportHeader;
  readonly pipelines: number;
  readonly builds: number;
  readonly counts: ExportCounts;
}

/** Reads all of an export, which is what says that it is whole, and counts what people know of it. Errors: those of `readExport` and of the lines. */
export async function checkExport(parts: AsyncIterable<ExportPart>): Promise<ExportSummary> {
  let header: ExportHeader | undefined;
  let counts: ExportCounts | undefined;
  let table: string | undefined;
  const rows: Record<string, number> = { pipelines: 0, builds: 0 };
  for await (const part of parts) {
    if (part.kind === 'header') header = part.header;
    else if (part.kind === 'end') counts = part.counts;
    else if (part.kind === 'table') table = part.table;
    else if (part.kind === 'row' && table !== undefined) rows[table] = (rows[table] ?? 0) + 1;
  }
  if (header === undefined || counts === undefined)
    throw new Error('an export was read to an end that it does not have');
  return { header, counts, pipelines: rows.pipelines ?? 0, builds: rows.builds ?? 0 };
}
