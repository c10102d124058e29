import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Consumer } from './support/consumer';
import { checkout } from './support/run';

describe('the kubeconfig reader of the Kubernetes client', () => {
  let project: Consumer;
  beforeAll(() => {
    project = Consumer.install('commonjs', '--legacy-peer-deps');
  });
  afterAll(() => project?.remove());

  test('is bundled, so that the package without its peers takes less than 25 MB', () => {
    const packages = readdirSync(project.path('node_modules'));

    expect(packages).not.toContain('cdk8s');
    expect(packages).not.toContain('@kubernetes');
    expect(sizeOf(project.path('node_modules'))).toBeLessThan(25 << 20);
  });

  test('loads in less than a third of the time of the client', () => {
    const [bundled, client] = [
      project.path('node_modules/eggtooth/lib/src/cluster/kubeconfig-reader.js'),
      join(checkout, 'node_modules/@kubernetes/client-node/dist/index.js'),
    ].map((file) => Math.min(...Array.from({ length: 3 }, () => millisecondsToLoad(project, file))));

    expect(bundled).toBeLessThan((client ?? 0) / 3);
  });
});

function millisecondsToLoad(project: Consumer, file: string): number {
  const program = `const start = performance.now();
    import(${JSON.stringify(file)}).then(() => console.log(performance.now() - start));`;
  return Number(project.run('node', '--eval', program));
}

/** Bytes of all files in a folder. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .filter((found) => found.isFile())
    .reduce((sum, { size }) => sum + size, 0);
}
