import { initWasm, Resvg } from '@resvg/resvg-wasm';

/** What a picture needs from outside: the program that draws (resvg, as WebAssembly), and the letters it draws with (TrueType). */
export interface PngAssets {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly font: Uint8Array;
  /** The font's own name. */
  readonly fontFamily: string;
}

/** Twice as fine as on the page: a picture in a document or a chat is looked at on any screen. */
const SCALE = 2;
/** They take 100 MB of memory while the picture is drawn. */
const MOST_PIXELS = 25_000_000;

/** The drawing program is made once in a process. */
let ready: Promise<void> | undefined;

/** An SVG document as a PNG. What would have more pixels than `mostPixels` is drawn smaller. */
export async function renderPng(svg: string, assets: PngAssets, mostPixels = MOST_PIXELS): Promise<Uint8Array> {
  ready ??= initWasm(assets.wasm);
  await ready;
  const { fontFamily } = assets;
  const options = { font: { fontBuffers: [assets.font], defaultFontFamily: fontFamily, sansSerifFamily: fontFamily } };
  const { width, height } = new Resvg(svg, options);
  const value = Math.min(SCALE, Math.sqrt(mostPixels / (width * height)));
  return new Resvg(svg, { ...options, fitTo: { mode: 'zoom', value } }).render().asPng();
}
