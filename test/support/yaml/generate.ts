import { Random } from './random';

/** Scalars at the borders of what is a number, a boolean or null. */
export const SCALARS = [
  ...[
    '0',
    '1',
    '-1',
    '+1',
    '007',
    '0644',
    '0400',
    '08',
    '09',
    '0o17',
    '0O17',
    '0o8',
    '0b101',
    '0B1',
    '0b2',
    '0x1F',
    '0Xff',
    '0xg',
  ],
  ...[
    '-0',
    '-0b1',
    '+0x1',
    '0b-1',
    '0b+1',
    '1_000',
    '1__0',
    '_1',
    '1_',
    '0_7',
    '0x_1',
    '1_000.5',
    '00',
    '0x',
    '0b',
    '0o',
  ],
  ...['9007199254740991', '9007199254740993', '9223372036854775807', '9223372036854775808', '-9223372036854775808'],
  ...[
    '-9223372036854775809',
    '18446744073709551615',
    '18446744073709551616',
    '100000000000000000000000',
    '4611686018427387904',
  ],
  ...[
    '0777777777777777777777',
    '01777777777777777777777',
    '0xffffffffffffffff',
    '0x10000000000000000',
    '1000000000000000000',
  ],
  ...[
    '.5',
    '-.5',
    '+.5',
    '1.',
    '1.0',
    '1.5',
    '-1.5',
    '1e3',
    '1E3',
    '1e+3',
    '1e-3',
    '1.e3',
    '.5e1',
    '.e1',
    '1e',
    '1e400',
    '1e-400',
    '.5_0',
  ],
  ...[
    '1.2.3',
    '1.10',
    '1:30',
    '12:30:45',
    '1:2',
    '190:20:30.15',
    '0.1',
    '16777217.0',
    '123456.7',
    '1234567.0',
    '1e21',
    '0.00001',
    '-0.0',
  ],
  ...['-.nan', '.infinity', 'inf', 'nan', 'Infinity', 'NaN', '.', '..', '+', '--1', '+-1'],
  ...[
    'y',
    'Y',
    'n',
    'N',
    'yes',
    'Yes',
    'YES',
    'yEs',
    'no',
    'No',
    'NO',
    'nO',
    'on',
    'On',
    'ON',
    'off',
    'Off',
    'OFF',
    'oN',
  ],
  ...['true', 'True', 'TRUE', 'tRUE', 'false', 'False', 'FALSE', 't', 'f', 'T', 'F'],
  ...['null', 'Null', 'NULL', 'nULL', '~', '~~', '', 'nil', 'none', 'undefined'],
  ...['2001-01-01', '2001-1-1', '2001-01-01T00:00:00Z', '2001-12-14 21:59:43.10', '2001-13-01', '20010101'],
  ...[
    '<<',
    '=',
    '__proto__',
    'constructor',
    'toString',
    'a',
    'name',
    'a b',
    'a:b',
    'a#b',
    'a-b',
    'http://x.y:80/z?q=1#f',
    '10.0.0.1',
    '1.2.3.4/24',
  ],
  ...['100m', '1Gi', '5s', '1h30m', 'v1', '1a', '0x1p4', 'ü', '日本', '🎉', 'é', '\u00a0', 'a\u00a0b', '$(a)'],
  ...['-a', '?a', ':a', 'a #b', 'a,b', '[]', '{}', "it's", '\\'],
];

/** What begins something else, what JSON cannot hold, and what is mostly an error. */
export const ODD_SCALARS = [
  ...[
    '.inf',
    '.Inf',
    '-.INF',
    '+.inf',
    '.nan',
    '.NaN',
    '-',
    '%a',
    '@a',
    '`a',
    '{{ a }}',
    '*',
    '&',
    '!',
    '!a',
    '|',
    '>',
    '"',
    "'",
  ],
  ...['- a', '? a', ': a', 'a:', 'a: b', '[', ']', '{', '}', ','],
];

const TAGS = [
  '!!str',
  '!!int',
  '!!float',
  '!!bool',
  '!!null',
  '!!binary',
  '!',
  '!own',
  '!!own',
  '!<tag:yaml.org,2002:str>',
  '!!map',
  '!!seq',
];
const CHARACTERS = [
  'a',
  'b',
  '0',
  '1',
  '7',
  '8',
  '.',
  '_',
  '-',
  '+',
  'e',
  'x',
  'o',
  'n',
  'y',
  ':',
  ' ',
  '#',
  ',',
  '"',
  "'",
  '\\',
  '\t',
  'é',
];
const ESCAPES = [
  '\\n',
  '\\t',
  '\\"',
  '\\\\',
  '\\x41',
  '\\u00e9',
  '\\U0001F389',
  '\\0',
  '\\a',
  '\\e',
  '\\_',
  '\\N',
  '\\L',
  '\\P',
  '\\ ',
  '\\r',
  '\\b',
  '\\v',
  '\\f',
];

/** Generates documents: right ones, odd ones, and some that are broken. */
export class Generator {
  private readonly random: Random;
  private anchors: string[] = [];

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  document(): string {
    this.anchors = [];
    const { random } = this;
    let text = random.once(12) ? `${this.flow(3)}\n` : this.block(0, 4);
    if (random.once(6)) text = `# first\n${text}`;
    if (random.once(10)) text = `${text}# last\n`;
    if (random.once(15)) text = text.replaceAll('\n', '\r\n');
    if (random.once(40)) text = `${text.endsWith('\n') ? text : `${text}\n`}...\n`;
    return random.once(10) ? this.broken(text) : text;
  }

  /** A document with one change. */
  private broken(text: string): string {
    const at = this.random.below(text.length + 1);
    const removed = this.random.below(3);
    const inserted = this.random.once(2)
      ? this.random.pick([
          ...CHARACTERS,
          '\n',
          '  ',
          '\n  ',
          '[',
          '{',
          '}',
          ']',
          '?',
          '!',
          '&a ',
          '*a',
          '|',
          '>',
          '%',
          '@',
          '---',
          '...',
        ])
      : '';
    return text.slice(0, at) + inserted + text.slice(at + removed);
  }

  /** A map or a list in block style, which begins on a line of its own. */
  private block(indent: number, depth: number): string {
    return this.random.once(3) ? this.list(indent, depth) : this.map(indent, depth);
  }

  private map(indent: number, depth: number): string {
    const { random } = this;
    const pad = ' '.repeat(indent);
    const lines: string[] = [];
    for (let left = 1 + random.below(5); left > 0; left--) {
      lines.push(this.between(pad));
      if (this.anchors.length > 0 && random.once(6)) lines.push(`${pad}<<: ${this.merged()}\n`);
      else if (random.once(25)) lines.push(`${pad}? ${this.key()}\n${pad}: ${this.flow(1)}${this.end()}`);
      else lines.push(`${pad}${this.key()}:${this.value(indent, depth, true)}`);
    }
    return lines.join('');
  }

  private list(indent: number, depth: number): string {
    const { random } = this;
    const pad = ' '.repeat(indent);
    const lines: string[] = [];
    for (let left = 1 + random.below(4); left > 0; left--) {
      lines.push(this.between(pad));
      if (depth > 0 && random.once(3)) {
        const gap = 1 + random.below(3);
        const inner = this.block(indent + 1 + gap, depth - 1).replace(/^(\s*(#.*)?\n)+/, '');
        lines.push(`${pad}-${' '.repeat(gap)}${inner.trimStart()}`);
      } else lines.push(`${pad}-${this.value(indent, depth, false)}`);
    }
    return lines.join('');
  }

  /** What follows a key or a dash, with the end of the line. */
  private value(indent: number, depth: number, inMap: boolean): string {
    const { random } = this;
    const properties = this.properties();
    if (depth > 0 && random.once(4)) {
      const deeper = indent + (inMap && random.once(3) ? 0 : 1 + random.below(4));
      const inner = deeper === indent ? this.list(deeper, depth - 1) : this.block(deeper, depth - 1);
      return `${properties === '' ? '' : ` ${properties.trimEnd()}`}${random.once(6) ? ' # nested' : ''}\n${inner}`;
    }
    if (random.once(8)) return ` ${properties}${this.blockScalar(indent)}`;
    if (random.once(15)) return ` ${this.multiline(indent)}`;
    if (random.once(20)) return random.once(2) ? '\n' : ' \n';
    const gap = random.once(12) ? random.pick(['  ', '   ', '\t', ' \t']) : ' ';
    if (this.anchors.length > 0 && random.once(8)) return `${gap}*${random.pick(this.anchors)}${this.end()}`;
    return `${gap}${properties}${this.flow(random.once(4) ? 2 : 0)}${this.end()}`;
  }

  private properties(): string {
    const { random } = this;
    let text = '';
    if (random.once(12)) {
      const name = random.pick(['a', 'b', 'base', 'x-1']);
      // An anchor that is used inside of its own value is refused by both.
      this.anchors.push(name);
      text = `&${name} `;
    }
    if (random.once(40)) text += `${random.pick(TAGS)} `;
    return text;
  }

  private merged(): string {
    const { random } = this;
    const alias = () => `*${random.pick(this.anchors)}`;
    return random.pick([
      alias(),
      `[${alias()}]`,
      `[${alias()}, ${alias()}]`,
      `{${this.key()}: 1, a: 2}`,
      `[${alias()}, {a: 1}]`,
    ]);
  }

  private key(): string {
    const { random } = this;
    if (random.once(4)) return random.pick(SCALARS.filter((text) => /^[-+.\w~]+$/.test(text) && text !== '-0.0'));
    if (random.once(15)) return this.quoted();
    return random.pick(['a', 'b', 'c', 'name', 'spec', 'key', 'data', 'x']) + random.below(30);
  }

  /** A scalar, or a flow collection of a depth. */
  private flow(depth: number): string {
    const { random } = this;
    if (depth === 0 || random.once(3)) return this.scalar(depth > 0);
    const space = () => random.pick(['', ' ', '  ', ' ', random.once(10) ? '\n        ' : '']);
    const items = Array.from({ length: random.below(4) }, () => {
      if (random.once(2)) return `${space()}${this.flow(depth - 1)}${space()}`;
      return `${space()}${random.once(4) ? this.quoted() : this.key()}:${random.once(25) ? '' : ' '}${this.flow(depth - 1)}${space()}`;
    });
    const text = items.join(',') + (random.once(12) ? ',' : '');
    return random.once(2) ? `[${text}]` : `{${text}}`;
  }

  private scalar(isFlow: boolean): string {
    const { random } = this;
    if (random.once(4)) return this.quoted();
    if (random.once(9)) return random.text(CHARACTERS, 1 + random.below(6)).trim();
    if (random.once(60)) return random.pick(ODD_SCALARS);
    const scalar = random.pick(SCALARS);
    return isFlow && /[,[\]{}?#"']|: |:$/.test(scalar) && !random.once(10) ? 'a' : scalar;
  }

  private quoted(): string {
    const { random } = this;
    const content = random.once(2)
      ? random.pick([...SCALARS, ...ODD_SCALARS])
      : random.text(CHARACTERS, random.below(7));
    if (random.once(2)) return `'${content.replaceAll("'", "''")}'`;
    const escaped = random.once(3) ? random.pick(ESCAPES) : '';
    return `"${content.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}${escaped}"`;
  }

  /** A literal or folded scalar, with the end of its last line. */
  private blockScalar(indent: number): string {
    const { random } = this;
    const deeper = indent + 1 + random.below(3);
    const explicit = random.once(5) ? String(deeper - indent) : '';
    const head =
      random.pick(['|', '>']) +
      (random.once(2) ? explicit + random.pick(['', '-', '+']) : random.pick(['', '-', '+']) + explicit);
    const lines = Array.from({ length: random.below(5) }, () => {
      if (random.once(5)) return ' '.repeat(random.below(deeper + 2));
      const extra = explicit !== '' || random.once(6) ? ' '.repeat(random.below(3)) : '';
      return `${' '.repeat(deeper)}${extra}${random.pick([...SCALARS, 'text with words', '# no comment', 'tab\tin', 'end '])}`;
    });
    return `${head}${random.once(10) ? ' # comment' : ''}\n${lines.map((line) => `${line}\n`).join('')}`;
  }

  /** A scalar over several lines. */
  private multiline(indent: number): string {
    const { random } = this;
    const pad = ' '.repeat(indent + 1 + random.below(3));
    const word = () => random.pick(['one', 'two', '3', 'no', 'a-b', 'x:y', 'é']);
    const gap = () => (random.once(4) ? `\n\n${pad}` : `\n${pad}`);
    const text = `${word()}${gap()}${word()} ${word()}${random.once(2) ? gap() + word() : ''}`;
    return `${random.pick([text, `"${text}"`, `'${text}'`, `"${word()} \\\n${pad}${word()}"`])}${this.end()}`;
  }

  private end(): string {
    const { random } = this;
    return random.once(8) ? random.pick([' # comment\n', '  \n', '\t\n', '\t# tab\n', ' #\n']) : '\n';
  }

  private between(pad: string): string {
    const { random } = this;
    return random.once(9)
      ? random.pick(['\n', `${pad}# comment\n`, '# far left\n', '        # far right\n', '   \n'])
      : '';
  }
}
