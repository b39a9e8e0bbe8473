/** Expressions made by chance for tests: the same seed gives the same ones, so that what fails once fails again. */
export type Random = (below: number) => number;

export function randomNumbers(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const LEAVES: readonly string[] = [
  ...['0', '1', '2.5', '1e3', '-1', '123456789012345678901234567890', '0.1', 'true', 'false', 'null'],
  ...[
    '""',
    '"a"',
    '"b c"',
    '"1"',
    '"é"',
    '"\\n\\"$${x}"',
    '[]',
    '{}',
    'n',
    's',
    'l',
    'o',
    'm',
    'e',
    'u',
    'o.a',
    'l[0]',
    'nope',
  ],
];
const OPERATORS: readonly string[] = ['+', '-', '*', '/', '%', '==', '!=', '<', '<=', '>', '>=', '&&', '||'];
const ACCESS: readonly string[] = ['.a', '[0]', '["a"]', '.0', '[*]', '.*', '[*].a', '.*.a', '[n]', '[s]'];
const FUNCTIONS: readonly string[] = [
  ...[
    'upper',
    'length',
    'concat',
    'merge',
    'tolist',
    'toset',
    'tomap',
    'tostring',
    'tonumber',
    'try',
    'can',
    'keys',
    'values',
  ],
  ...[
    'flatten',
    'distinct',
    'setunion',
    'setproduct',
    'zipmap',
    'lookup',
    'element',
    'join',
    'format',
    'jsonencode',
    'sum',
    'max',
  ],
  ...[
    'coalesce',
    'range',
    'slice',
    'sort',
    'reverse',
    'contains',
    'index',
    'regex',
    'split',
    'substr',
    'chunklist',
    'transpose',
  ],
];

const oneOf = (from: readonly string[], random: Random): string => from[random(from.length)] ?? '0';

/** The text of an expression, with every form there is in it sooner or later. It need not make sense. */
export function randomExpression(random: Random, depth: number): string {
  if (depth <= 0) return oneOf(LEAVES, random);
  const inner = (): string => randomExpression(random, depth - 1 - random(2));
  const several = (): string[] => Array.from({ length: random(4) }, inner);
  const names = random(2) === 0 ? 'x' : 'k, x';
  switch (random(14)) {
    case 0:
      return oneOf(LEAVES, random);
    case 1:
    case 2:
      return `${inner()} ${oneOf(OPERATORS, random)} ${inner()}`;
    case 3:
      return `${random(2) === 0 ? '-' : '!'}${inner()}`;
    case 4:
      return `(${inner()})`;
    case 5:
      return `${inner()} ? ${inner()} : ${inner()}`;
    case 6:
      return `[${several().join(', ')}]`;
    case 7:
      return `{${several()
        .map((value) => `${oneOf(['a', 'b', '"c d"', '(s)', '1', '"${s}k"'], random)} = ${value}`)
        .join(', ')}}`;
    case 8:
      return `[for ${names} in ${inner()} : ${inner()}${random(2) === 0 ? '' : ` if ${inner()}`}]`;
    case 9:
      return `{for ${names} in ${inner()} : ${oneOf(['x', '"${x}"', 's'], random)} => ${inner()}${random(2) === 0 ? '' : '...'}}`;
    case 10:
      return `${inner()}${oneOf(ACCESS, random)}`;
    case 11:
      return `"a \${${inner()}}${oneOf(['', ' b', '${~ n ~} '], random)}"`;
    case 12:
      return `"%{ if ${inner()} ~} x %{ else }y%{ endif }%{ for ${names} in ${inner()} }\${x}-%{ endfor }"`;
    default:
      return `${oneOf(FUNCTIONS, random)}(${several().join(', ')})`;
  }
}
