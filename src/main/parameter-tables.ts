/**
 * The tables of parameters in the pages about built-in types. They are made from the types' HCL files: between
 * `<!-- parameters: resource_type git -->` and `<!-- end -->` stands what the comments beside `params` say.
 */
import { builtins } from '../builtins/catalogue.ts';
import { type ParamInfo, readTypeText } from '../language/type-info.ts';
import { SOURCE_KINDS } from '../pipeline/source.ts';

/** The pages that have such tables. */
export const PAGES_WITH_TABLES = ['resources.md', 'notifications.md'] as const;

const PLACE = /(<!-- parameters: (\w+) ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g;

export function fillParameterTables(page: string): string {
  return page.replace(PLACE, (_, begin: string, kindName: string, name: string, end: string) => {
    const kind = SOURCE_KINDS.find((known) => known === kindName);
    const text = kind === undefined ? undefined : builtins.find(kind, name)?.text;
    const type = kind === undefined || text === undefined ? undefined : readTypeText(kind, name, text);
    if (type === undefined) throw new Error(`a page wants the parameters of ${kindName} ${name}, and there is none`);
    return `${begin}\n| parameter | |\n|---|---|\n${type.params.map(row).join('\n')}\n\n${end}`;
  });
}

function row({ name, doc, required, fallback }: ParamInfo): string {
  const others = (required ?? '').split('|').filter((other) => other !== name);
  const needed = required === undefined ? '' : ` **Needed**${others.map((other) => `, or \`${other}\``).join('')}.`;
  const otherwise = fallback === undefined ? '' : ` Default: \`${fallback}\`.`;
  return `| \`${name}\` | ${`${doc}${needed}${otherwise}`.replaceAll('|', '\\|')} |`;
}
