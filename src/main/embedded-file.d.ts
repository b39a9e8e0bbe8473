/** Files that travel in the executable come in as a path that can be read: `import path from './x.wasm' with { type: 'file' }`. */
declare module '*.wasm' {
  const path: string;
  export default path;
}

declare module '*.ttf' {
  const path: string;
  export default path;
}
