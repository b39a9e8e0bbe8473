import type { Type } from '../hcl/type.ts';
import { literalText } from './expression-text.ts';

/** The expression whose value is that of `text`, converted to the type: for a value that only a run knows. */
export function conversionText(text: string, type: Type, depth = 0): string {
  const item = `item${depth}`;
  const inner = (element: Type): string => conversionText(item, element, depth + 1);
  switch (type.kind) {
    case 'string':
    case 'number':
    case 'bool':
      return `to${type.kind}(${text})`;
    case 'list':
    case 'set':
      return `to${type.kind}([for ${item} in ${text} : ${inner(type.element)}])`;
    case 'map':
      return `tomap({for key${depth}, ${item} in ${text} : key${depth} => ${inner(type.element)}})`;
    case 'tuple': {
      const elements = type.elements.map((element, at) => conversionText(`${item}[${at}]`, element, depth + 1));
      return `one([for ${item} in [${text}] : [${elements.join(', ')}]])`;
    }
    case 'object': {
      const attributes = [...type.attributes].map(([name, of]) => {
        const key = JSON.stringify(name);
        const converted = conversionText(`${item}[${key}]`, of, depth + 1);
        const otherwise = type.optional.get(name);
        return `${key} = ${otherwise === undefined ? converted : `try(${converted}, ${literalText(otherwise)})`}`;
      });
      return `one([for ${item} in [${text}] : { ${attributes.join(', ')} }])`;
    }
    case 'dynamic':
      return text;
  }
}
