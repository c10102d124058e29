import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandNames } from '../../src/cli/program';
import { generateSchemas } from '../../tools/schemas';
import { codeBlock } from '../support/code-block';
import { expectOutput, parseOutput, SCHEMAS } from '../support/outputs';
import { workspace } from './support/workspace';

describe('docs/schemas', () => {
  test('is what npm run schemas generates', () => {
    const files = readdirSync(SCHEMAS).map((file) => [file, readFileSync(join(SCHEMAS, file), 'utf8')] as const);

    expect(new Map(files)).toEqual(generateSchemas());
  });

  test('has a schema for every command', () => {
    const commands = commandNames.map((name) => `${name}.json`);

    expect(readdirSync(SCHEMAS)).toEqual(expect.arrayContaining(commands));
  });

  test.each([
    ['up', 'up'],
    ['issue', 'issue'],
    ['request', 'request'],
    ['status', 'status'],
    ['renew', 'renew'],
    ['revoke', 'revoke'],
    ['migrate', 'migrate'],
    ['clean-up', 'migrate-clean-up'],
    ['sign', 'sign'],
  ])('accepts the example %s of docs/cli.md', (example, schema) => {
    expectOutput(schema, JSON.parse(codeBlock('docs/cli.md', example)));
  });

  test('accepts what csr prints', async () => {
    const run = await workspace().eggtooth(['csr', 'bundle.yaml', '--key-out', 'tls.key', '-o', 'json']);

    expect(parseOutput('csr', run)).toMatchObject({ kind: 'CertificateSigningRequest' });
  });

  test.each([
    ['a missing field', { items: [{ user: 'a' }] }],
    ['an unknown field', { items: [], readers: [] }],
    ['one result without items', { user: 'a', generation: 1, secrets: [], same: true, problems: [], warnings: [] }],
  ])('rejects %s', (_, output) => {
    expect(() => expectOutput('status', output)).toThrow('docs/schemas/status.json');
  });
});
