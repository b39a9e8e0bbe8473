/** HCL files come in as their text: `import text from './x.hcl' with { type: 'text' }`. */
declare module '*.hcl' {
  const text: string;
  export default text;
}
