import { readFile } from 'node:fs/promises';
import font from '@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf' with { type: 'file' };
import wasm from '@resvg/resvg-wasm/index_bg.wasm' with { type: 'file' };
import type { PngAssets } from '../graph/render-png.ts';

/** What draws PNG pictures, out of this executable. Megabytes: for a command that draws one. */
export async function pngAssets(): Promise<PngAssets> {
  const [program, letters] = await Promise.all([readFile(wasm), readFile(font)]);
  return { wasm: new Uint8Array(program), font: letters, fontFamily: 'Inter' };
}
