import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../package.json';

const files = readdirSync('.github', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yml'))
  .map((file) => join('.github', file));

describe('.github', () => {
  test.each(files)('%s is valid YAML', (file) => {
    expect(() => parse(readFileSync(file, 'utf8'))).not.toThrow();
  });

  test.each(files)('%s runs only scripts that package.json has', (file) => {
    const scripts = Array.from(readFileSync(file, 'utf8').matchAll(/npm run ([\w:-]+)/g), ([, script]) => script);

    for (const script of scripts) expect(Object.keys(manifest.scripts)).toContain(script);
  });

  test('tests every supported line of Node.js, from the oldest one of engines on', () => {
    const { jobs } = parse(readFileSync('.github/workflows/ci.yml', 'utf8'));
    const [oldest = ''] = /\d+/.exec(manifest.engines.node) ?? [];

    expect(jobs.node.strategy.matrix.node[0]).toBe(Number(oldest));
  });
});
