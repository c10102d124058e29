import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect } from 'vitest';

/** Where the schemas are. */
export const SCHEMAS = 'docs/schemas';

const ajv = new Ajv({ allErrors: true });

/** Expects a value to match a schema in docs/schemas/, such as `issue`. */
export function expectOutput(name: string, value: unknown): void {
  const validate = ajv.getSchema(name) ?? ajv.addSchema(readSchema(name), name).getSchema(name);
  validate?.(value);
  expect(validate?.errors, `docs/schemas/${name}.json`).toBeNull();
}

/** Parses what a command printed with `-o json`; it must match its schema in docs/schemas/. */
export function parseOutput<Output>(name: string, { stdout }: { readonly stdout: string }): Output {
  const output: Output = JSON.parse(stdout);
  expectOutput(name, output);
  return output;
}

function readSchema(name: string): object {
  return JSON.parse(readFileSync(join(SCHEMAS, `${name}.json`), 'utf8'));
}
