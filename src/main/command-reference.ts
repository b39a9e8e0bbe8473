/** Every command with its flags, as Markdown: a page of the documentation that the program serves. */
import type { Command, Option } from 'commander';

const INTRODUCTION = `# Commands

What \`--help\` says, on one page. Settings of \`server\`, \`worker\` and the like can also be given by the environment variable that is
named with each, or in a file (\`--config\`). [The command line](command-line.md) says more about completion, \`doctor\`, \`init\` and exit codes.
`;

export function commandReference(program: Command): string {
  const commands = program.createHelp().visibleCommands(program).filter(isOurs);
  const contents = commands.map((command) => `[${command.name()}](#pikoci-${command.name()})`).join(' · ');
  return [INTRODUCTION, `${contents}\n`, ...commands.flatMap((command) => describe(command, '##', 'pikoci'))].join(
    '\n',
  );
}

/** `help` says nothing here that the page does not. */
const isOurs = (command: Command): boolean => command.name() !== 'help';

function describe(command: Command, level: string, before: string): string[] {
  const name = `${before} ${command.name()}`;
  const inner = command.createHelp().visibleCommands(command).filter(isOurs);
  const own = [`${level} ${name}\n`, `${escapeMarkdown(command.description())}\n`];
  if (inner.length > 0) return [...own, ...inner.flatMap((each) => describe(each, `${level}#`, name))];
  const options = command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help');
  return [
    ...own,
    `\`\`\`\n${name} ${command.usage()}\n${examplesOf(command)}\`\`\`\n`,
    ...(options.length === 0 ? [] : [`| flag | |\n|---|---|\n${options.map(row).join('\n')}\n`]),
  ];
}

function row(option: Option): string {
  return `| \`${option.flags}\` | ${escapeMarkdown(option.description)}${fallbackOf(option)} |`;
}

function fallbackOf({ defaultValue }: Option): string {
  return defaultValue === undefined || Array.isArray(defaultValue) ? '' : ` (default \`${String(defaultValue)}\`)`;
}

/** What is said behind the help that commander makes. */
function examplesOf(command: Command): string {
  let whole = '';
  command.configureOutput({ ...command.configureOutput(), writeOut: (text) => (whole += text) });
  command.outputHelp();
  const after = whole.slice(command.helpInformation().length).trim();
  const lines = after.split('\n').filter((line) => line.trimStart().startsWith('pikoci '));
  return lines.map((line) => `${line.trim()}\n`).join('');
}

const escapeMarkdown = (text: string): string =>
  text.replaceAll('|', '\\|').replaceAll(/<(\w)/g, '\\<$1').replaceAll('*', '\\*');
