/** The XML that S3 answers with: fields of the top, and records that come again and again. */
import sax from 'sax';
import { CodedError } from '../../lib/coded-error.ts';

export interface XmlAnswer {
  readonly fields: Readonly<Record<string, string>>;
  readonly records: readonly { readonly name: string; readonly fields: Readonly<Record<string, string>> }[];
}

/** Throws `s3_answer` for what is no XML. */
export function readXml(text: string, recordNames: readonly string[]): XmlAnswer {
  const parser = sax.parser(true, { trim: true });
  const fields: Record<string, string> = {};
  const records: { name: string; fields: Record<string, string> }[] = [];
  const path: string[] = [];
  let record: { name: string; fields: Record<string, string> } | undefined;
  parser.onopentag = ({ name }) => {
    path.push(name);
    if (path.length === 2 && recordNames.includes(name)) record = { name, fields: {} };
  };
  parser.ontext = (value) => {
    const name = path.at(-1) ?? '';
    if (record !== undefined && path.length === 3) record.fields[name] = value;
    else if (path.length === 2) fields[name] = value;
  };
  parser.onclosetag = () => {
    path.pop();
    if (path.length === 1 && record !== undefined) {
      records.push(record);
      record = undefined;
    }
  };
  let broken: Error | undefined;
  parser.onerror = (error) => {
    broken ??= error;
    parser.resume();
  };
  parser.write(text).close();
  if (broken === undefined) return { fields, records };
  throw new CodedError('s3_answer', `The store answered with what is no XML: ${JSON.stringify(text.slice(0, 60))}…`, {
    hint: 'Is "endpoint" the address of the store itself?',
  });
}
