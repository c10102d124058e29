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

describe('a second bundle in one App is refused', () => {
  test.each(['cluster', 'Cluster', 'cluster/a'])('under the id of the first, %s', (id) => {
    const app = Testing.app();
    bundleIn(app, id);

    const error = errorOf('ERR_EGGTOOTH_OPTION', () => bundleIn(app, id));

    expect(error.problem).toBe(
      `the bundle ${id.replace('/', '--')} is there already, and two of one name cannot be told apart`,
    );
    expect(error.fix).toContain('give each bundle an id of its own');
  });

  test('under the id of any other Chart', () => {
    const app = Testing.app();
    new Chart(app, 'cluster');

    expect(() => bundleIn(app, 'cluster')).toThrow('the bundle cluster is there already');
  });

  test('if cdk8s would write it over the first, by the names of their files', () => {
    const app = Testing.app();
    bundleIn(app, 'Cluster');
    const scope = new Construct(app, 'Default');

    const error = errorOf('ERR_EGGTOOTH_OPTION', () => bundleIn(scope, 'Cluster'));

    expect(error.problem).toMatch(
      /^the bundle Default\/Cluster would be written over Cluster: both go to the file cluster-[0-9a-f]{8}$/,
    );
  });
});

describe('a second bundle is written beside the first', () => {
  test('under another id, or under the same one elsewhere', () => {
    const outdir = mkdtempSync(join(tmpdir(), 'eggtooth-names-test-'));
    const app = new App({ outdir });
    for (const scope of [app, new Construct(app, 'north'), new Construct(app, 'south')]) {
      for (const id of ['cluster', 'Cluster']) bundleIn(scope, id);
    }

    app.synth();

    expect(readdirSync(outdir)).toHaveLength(6);
    rmSync(outdir, { recursive: true, force: true });
  });

  test('under the same id in another App', () => {
    bundleIn(Testing.app(), 'cluster');

    expect(() => bundleIn(Testing.app(), 'cluster')).not.toThrow();
  });

  test('under the id of one that was removed', () => {
    const app = Testing.app();
    bundleIn(app, 'cluster');
    app.node.tryRemoveChild('cluster');

    expect(() => bundleIn(app, 'cluster')).not.toThrow();
  });
});
