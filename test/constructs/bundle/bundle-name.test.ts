import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart, Testing } from 'cdk8s';
import { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { ApiServer } from '../../../src/chain/api-server';
import { BootstrapBundle } from '../../../src/constructs/bundle/bootstrap-bundle';
import { errorOf } from '../../support/errors';

function bundleIn(scope: Construct, id: string): BootstrapBundle {
  return new BootstrapBundle(scope, id, {
    apiServer: ApiServer.fromUrl('https://example.org:6443'),
    namespace: 'platform',
    assets: { image: 'registry.example/assets:1', port: 8123 },
    repositories: [{ name: 'charts', path: '/charts' }],
  });
}

describe('a second bundle in an App is rejected', () => {
  test.each(['cluster', 'Cluster', 'cluster/a'])('with the id of the first, %s', (id) => {
    const app = Testing.app();
    bundleIn(app, id);

    const error = errorOf('ERR_EGGTOOTH_OPTION', () => bundleIn(app, id));

    expect(error.problem).toBe(`a construct with the id of the bundle exists: ${id.replace('/', '--')}`);
    expect(error.fix).toContain('give each bundle a unique id');
  });

  test('with the id of another Chart', () => {
    const app = Testing.app();
    new Chart(app, 'cluster');

    expect(() => bundleIn(app, 'cluster')).toThrow('a construct with the id of the bundle exists: cluster');
  });

  test('if cdk8s would write it to the file of the first', () => {
    const app = Testing.app();
    bundleIn(app, 'Cluster');
    const scope = new Construct(app, 'Default');

    const error = errorOf('ERR_EGGTOOTH_OPTION', () => bundleIn(scope, 'Cluster'));

    expect(error.problem).toMatch(/^two bundles have the file cluster-[0-9a-f]{8}: Cluster and Default\/Cluster$/);
  });
});

describe('a second bundle is written to its own file', () => {
  test('with another id, or with the same id in another scope', () => {
    const outdir = mkdtempSync(join(tmpdir(), 'eggtooth-names-test-'));
    const app = new App({ outdir });
    for (const scope of [app, new Construct(app, 'north'), new Construct(app, 'south')]) {
      for (const id of ['cluster', 'Cluster']) bundleIn(scope, id);
    }

    app.synth();

    expect(readdirSync(outdir)).toHaveLength(6);
    rmSync(outdir, { recursive: true, force: true });
  });

  test('with the same id in another App', () => {
    bundleIn(Testing.app(), 'cluster');

    expect(() => bundleIn(Testing.app(), 'cluster')).not.toThrow();
  });

  test('with the id of a bundle that was removed', () => {
    const app = Testing.app();
    bundleIn(app, 'cluster');
    app.node.tryRemoveChild('cluster');

    expect(() => bundleIn(app, 'cluster')).not.toThrow();
  });
});
