import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Consumer } from './support/consumer';
import { checkout } from './support/run';

const fixture = join(checkout, 'test/fixtures/consumers/typescript-jest');
const template = join(checkout, 'node_modules/cdk8s-cli/templates/typescript-app');

describe('a project as cdk8s init typescript-app makes it', () => {
  let project: Consumer;
  beforeAll(() => {
    project = Consumer.install('typescript-jest');
    project.run('npm', 'run', 'compile');
  });
  afterAll(() => project?.remove());

  test('has the settings of the template', () => {
    const load = createRequire(__filename);
    const [ours, theirs] = [fixture, template].map((folder) => ({
      tsconfig: load(join(folder, 'tsconfig.json')),
      jest: load(join(folder, 'jest.config.js')),
      ...withoutVersions(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))),
    }));

    expect(ours).toEqual(theirs);
  });

  test('compiles: types are found without exports, and all of them are checked', () => {
    expect(project.run('npm', 'exec', '--', 'tsc', '--showConfig')).not.toMatch(/moduleResolution|skipLibCheck/);
    expect(existsSync(project.path('main.js'))).toBe(true);
  });

  test('passes its jest test, snapshot, signing and kubeconfig included', () => {
    const { status, stderr } = project.tryRun('npm', 'run', 'test', '--', '--ci');

    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/Tests: +3 passed, 3 total/);
    expect(stderr).toMatch(/Snapshots: +1 passed, 1 total/);
  });

  test('synthesizes the same bytes with ts-node and compiled', () => {
    project.run('npm', 'run', 'synth');
    const interpreted = readFileSync(project.path('dist/bundle.k8s.yaml'), 'utf8');
    project.run('npm', 'run', 'synth', '--', '--app', 'node main.js');

    expect(interpreted).toBe(readFileSync(join(fixture, '../bundle.k8s.yaml'), 'utf8'));
    expect(readFileSync(project.path('dist/bundle.k8s.yaml'), 'utf8')).toBe(interpreted);
  });

  test('makes a request with eggtooth/signing, with ts-node and compiled', () => {
    for (const request of [project.bin('ts-node', 'sign.ts'), project.run('node', 'sign.js')]) {
      expect(request).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----\n/);
    }
  });
});

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** `cdk8s init` fills in the versions of cdk8s' own packages. */
function withoutVersions({ scripts, dependencies, devDependencies }: Manifest) {
  const others = Object.entries(devDependencies).filter(([name]) => name !== 'cdk8s-cli');
  return { scripts, dependencies: Object.keys(dependencies), devDependencies: Object.fromEntries(others) };
}
