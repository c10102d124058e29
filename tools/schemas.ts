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
      `${JSON.stringify(generator.createSchema(`${name}Output`), printLinks, 2)}\n`,
    ]),
  );
}

/** `{@link X}` reads `X` in a description. The generator puts spaces around links and in them. */
function printLinks(key: string, value: unknown): unknown {
  if (key !== 'description' || typeof value !== 'string') return value;
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
