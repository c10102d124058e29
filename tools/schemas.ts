// npm run schemas: generates docs/schemas/, the JSON Schemas of what the commands print with -o json.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGenerator } from 'ts-json-schema-generator';

const SCHEMAS = 'docs/schemas';

const OUTPUTS = 'src/cli/outputs.ts';

/** Generates the schema of each exported type of src/cli/outputs.ts, by the name of its file. */
export function generateSchemas(): ReadonlyMap<string, string> {
  const generator = createGenerator({
    path: OUTPUTS,
    tsconfig: 'tsconfig.json',
    // npm test does that.
    skipTypeCheck: true,
    topRef: false,
    expose: 'export',
  });
  const types = readFileSync(OUTPUTS, 'utf8').matchAll(/^export (?:interface|type) (\w+)Output\b/gm);
  return new Map(
    Array.from(types, ([, name = '']) => [
      `${kebabCase(name)}.json`,
      `${JSON.stringify(generator.createSchema(`${name}Output`), cleanUp, 2)}\n`,
    ]),
  );
}

/**
 * Makes text of TSDoc's tags: a link, which the generator surrounds with spaces, becomes code; a default in prose, as in
 * `@default - none`, is left out, because it is no value.
 */
function cleanUp(key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (key === 'default' && value.startsWith('- ')) return undefined;
  if (key !== 'description') return value;
  return value.replace(/ *\{@link +([\w.]+) *\} */g, ' `$1` ').replace(/ (?=[,.:;)])/g, '');
}

function kebabCase(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase();
}

if (require.main === module) {
  rmSync(SCHEMAS, { recursive: true, force: true });
  mkdirSync(SCHEMAS);
  for (const [file, text] of generateSchemas()) writeFileSync(join(SCHEMAS, file), text);
}
