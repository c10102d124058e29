import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Consumer } from './support/consumer';

describe('the package without its peers', () => {
  let project: Consumer;
  beforeAll(() => {
    project = Consumer.install('commonjs', '--legacy-peer-deps');
  });
  afterAll(() => project?.remove());

  test('takes less than 25 MB: the SOCKS client is bundled, and a Kubernetes client is not needed', () => {
    const packages = readdirSync(project.path('node_modules'));

    for (const name of ['cdk8s', '@kubernetes', 'socks']) expect(packages).not.toContain(name);
    expect(sizeOf(project.path('node_modules'))).toBeLessThan(25 << 20);
  });
});

/** Bytes of all files in a folder. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .filter((found) => found.isFile())
    .reduce((sum, { size }) => sum + size, 0);
}
