/**
 * `npm run build:vscode`: the extension for VS Code as `dist/pikoci.vsix`, which `code --install-extension` takes. The package is a zip of a known form: the
 * extension in a folder, and two files that say what it is. The program that the marketplace has for this brings along all it needs to publish, which is
 * never done here.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Zippable, zipSync } from 'fflate';
import { z } from 'zod';

const root = resolve(import.meta.dirname, '..');
const extension = join(root, 'editors/vscode');
const { values } = parseArgs({
  options: { outfile: { type: 'string', default: join(root, 'dist/pikoci.vsix') } },
});
const outfile = resolve(values.outfile);

const manifestSchema = z.object({
  name: z.string(),
  displayName: z.string(),
  description: z.string(),
  version: z.string(),
  publisher: z.string(),
  main: z.string(),
  engines: z.object({ vscode: z.string() }),
  categories: z.array(z.string()),
});

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

function vsixManifest(manifest: z.infer<typeof manifestSchema>): string {
  const { name, displayName, description, version, publisher, engines, categories } = manifest;
  return `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id="${escaped(name)}" Version="${escaped(version)}" Publisher="${escaped(publisher)}"/>
    <DisplayName>${escaped(displayName)}</DisplayName>
    <Description xml:space="preserve">${escaped(description)}</Description>
    <Categories>${escaped(categories.join(','))}</Categories>
    <License>extension/LICENSE</License>
    <Properties>
      <Property Id="Microsoft.VisualStudio.Code.Engine" Value="${escaped(engines.vscode)}"/>
    </Properties>
  </Metadata>
  <Installation>
    <InstallationTarget Id="Microsoft.VisualStudio.Code"/>
  </Installation>
  <Dependencies/>
  <Assets>
    <Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Content.Details" Path="extension/README.md" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Content.License" Path="extension/LICENSE" Addressable="true"/>
  </Assets>
</PackageManifest>
`;
}

const CONTENT_TYPES = `<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
  <Default Extension="json" ContentType="application/json"/>
  <Default Extension="js" ContentType="application/javascript"/>
  <Default Extension="md" ContentType="text/markdown"/>
  <Default Extension="vsixmanifest" ContentType="text/xml"/>
  <Override PartName="/extension/LICENSE" ContentType="text/plain"/>
</Types>
`;

const built = await Bun.build({
  entrypoints: [join(extension, 'src/extension.ts')],
  target: 'node',
  format: 'cjs',
  external: ['vscode'],
  minify: { whitespace: true, syntax: true, identifiers: false },
});
const [program] = built.outputs;
if (!built.success || program === undefined) {
  for (const log of built.logs) process.stderr.write(`${String(log)}\n`);
  process.exit(1);
}

const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(extension, 'package.json'), 'utf8')));
const text = new TextEncoder();
const files: Zippable = {
  'extension.vsixmanifest': text.encode(vsixManifest(manifest)),
  '[Content_Types].xml': text.encode(CONTENT_TYPES),
  [join('extension', manifest.main)]: new Uint8Array(await program.arrayBuffer()),
};
for (const name of [
  'package.json',
  'language-configuration.json',
  'syntaxes/pikoci.tmLanguage.json',
  'README.md',
  'LICENSE',
]) {
  files[`extension/${name}`] = new Uint8Array(readFileSync(join(extension, name)));
}
mkdirSync(dirname(outfile), { recursive: true });
// The same content gives the same file: without the times, there is nothing else in it.
writeFileSync(outfile, zipSync(files, { mtime: new Date('2020-01-01T00:00:00Z') }));
process.stderr.write(`built ${relative(root, outfile)}\n`);
