import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart, JsonPatch, Testing } from 'cdk8s';
import { Construct } from 'constructs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiServer } from '../../src/chain/api-server';
import { ProxyRoute } from '../../src/chain/proxy-route';
import { allRules } from '../../src/chain/rules';
import { BootstrapBundle } from '../../src/constructs/bundle/bootstrap-bundle';
import { validateChain } from '../../src/constructs/chain-validation';
import { AssetsReader } from '../../src/constructs/charts/assets-reader';
import { AssetsRepository } from '../../src/constructs/charts/assets-repository';
import { AssetsServer } from '../../src/constructs/charts/assets-server';
import { LocalRepository } from '../../src/constructs/charts/local-repository';
import { teamLabel } from '../support/custom-rules';
import { find, goldenObjects } from '../support/golden';

function bundleIn(scope: Construct, id = 'bundle', url = 'https://example.org:6443'): BootstrapBundle {
  return new BootstrapBundle(scope, id, {
    apiServer: ApiServer.fromUrl(url),
    namespace: 'platform',
    assets: { image: 'registry.example/assets:1', port: 8123 },
    repositories: [{ name: 'charts', path: '/charts' }],
  });
}

/** Breaks one rule in a bundle. */
function breakRole({ reader }: BootstrapBundle): void {
  reader.apiObject.addJsonPatch(JsonPatch.replace('/rules/0/resourceNames/0', 'flux-assets-0'));
}

/** The lines of the error that a synth throws, without the first one. */
function failuresOf(synth: () => unknown): string[] {
  try {
    synth();
  } catch (error) {
    const [head, ...lines] = (error as Error).message.split('\n');
    expect(head).toBe('Validation failed with the following errors:');
    return lines.map((line) => line.trim());
  }
  throw new Error('expected an error, but the synth succeeded');
}

const brokenRole =
  '[bundle/reader] error role-covers-route: Role platform/flux-assets-reader rules[0]: allows get on [flux-assets-0], ' +
  'which is not the segment flux-assets-0:8123 of the URL; the API server compares them as strings; ' +
  'fix: allow get on pods/proxy with resourceNames [flux-assets-0:8123] in namespace platform';

let outdir: string;
beforeEach(() => {
  outdir = mkdtempSync(join(tmpdir(), 'eggtooth-synth-test-'));
});
afterEach(() => rmSync(outdir, { recursive: true, force: true }));

describe('synth', () => {
  test('writes a sound chain', () => {
    const app = new App({ outdir });
    bundleIn(app);

    app.synth();

    expect(readdirSync(outdir)).toEqual(['bundle.k8s.yaml']);
  });

  test.each([
    { way: 'app.synth()', synth: (app: App) => app.synth() },
    { way: 'app.synthYaml()', synth: (app: App) => app.synthYaml() },
    { way: 'Testing.synth()', synth: (app: App) => Testing.synth(app.node.findChild('bundle') as Chart) },
  ])('by $way fails with construct path, object, reason and fix if a JSON patch breaks the chain', ({ synth }) => {
    const app = new App({ outdir });
    breakRole(bundleIn(app));

    expect(failuresOf(() => synth(app))).toEqual([brokenRole]);
  });

  test('writes no file if it fails', () => {
    const app = new App({ outdir });
    breakRole(bundleIn(app));

    expect(() => app.synth()).toThrow();

    expect(readdirSync(outdir)).toEqual([]);
  });

  test('reports all findings at once, each at its construct', () => {
    const app = new App({ outdir });
    const bundle = bundleIn(app);
    breakRole(bundle);
    bundle.server.apiObject.addJsonPatch(JsonPatch.remove('/spec/template/spec/hostNetwork'));
    bundle.repositories[0]?.apiObject.addJsonPatch(
      JsonPatch.replace('/spec/interval', 'often'),
      JsonPatch.remove('/spec/certSecretRef'),
    );
    const failures = failuresOf(() => app.synth());

    const sentence = '.+; fix: .+';
    expect(failures).toEqual([
      expect.stringMatching(
        `^\\[bundle/server\\] error host-network: StatefulSet platform/flux-assets spec\\S+: ${sentence}`,
      ),
      brokenRole,
      expect.stringMatching(
        `^\\[bundle/repository-platform-charts\\] error interval: HelmRepository platform/charts spec.interval: ${sentence}`,
      ),
      expect.stringMatching(
        `^\\[bundle/repository-platform-charts\\] error cert-secret-ref: HelmRepository platform/charts spec\\S+: ${sentence}`,
      ),
    ]);
  });

  test('reports the same when it runs again, and nothing once the fault is fixed', () => {
    const app = new App({ outdir });
    const bundle = bundleIn(app);
    breakRole(bundle);
    expect(failuresOf(() => app.synth())).toEqual([brokenRole]);
    expect(failuresOf(() => app.synth())).toEqual([brokenRole]);

    bundle.reader.apiObject.addJsonPatch(JsonPatch.replace('/rules/0/resourceNames/0', 'flux-assets-0:8123'));

    expect(() => app.synth()).not.toThrow();
  });

  test('fails if a chain breaks after a synth', () => {
    const app = new App({ outdir });
    const bundle = bundleIn(app);
    app.synth();

    breakRole(bundle);

    expect(failuresOf(() => app.synth())).toEqual([brokenRole]);
  });
});

describe('the chain that synth checks', () => {
  test('includes objects that were not created by eggtooth', () => {
    const app = Testing.app();
    const chart = bundleIn(app);
    const object = find(goldenObjects(), 'HelmRepository cozystack-apps');
    new ApiObject(new Construct(chart, 'mine'), 'repository', object);

    expect(failuresOf(() => app.synthYaml())).toEqual([
      expect.stringMatching(
        /^\[bundle\] error role-covers-route: HelmRepository cozy-public\/cozystack-apps spec\.url: /,
      ),
    ]);
  });

  test('is checked even without a HelmRepository that reads through the API server', () => {
    const app = Testing.app();
    const chart = new Chart(app, 'chart');
    const [namespace, port] = ['platform', 10250];
    const assets = new AssetsServer(chart, 'server', { namespace, image: 'registry.example/assets', port });
    new LocalRepository(chart, 'repository', { name: 'charts', namespace, path: '/charts', assets });

    expect(failuresOf(() => app.synthYaml())).toEqual([
      expect.stringMatching(
        /^\[chart\/server\] error host-ports: StatefulSet platform\/flux-assets spec\S+\.hostPort: /,
      ),
      expect.stringMatching(
        /^\[chart\/server\] error image-pinned: StatefulSet platform\/flux-assets spec\S+\.image: /,
      ),
    ]);
  });

  test('includes all constructs of a Chart', () => {
    const app = Testing.app();
    const chart = new Chart(app, 'chart');
    const apiServer = ApiServer.fromUrl('https://example.org:6443');
    for (const name of ['first', 'second']) {
      const route = ProxyRoute.pod({ namespace: 'platform', name: `${name}-0`, port: 8123 });
      const reader = new AssetsReader(chart, `reader-${name}`, { name, route });
      new AssetsRepository(chart, name, { name, namespace: 'platform', path: '/charts', apiServer, reader });
    }

    expect(failuresOf(() => app.synthYaml())).toEqual([
      expect.stringMatching(/^\[chart\/second\] error endpoint-identity: HelmRepository platform\/second spec\.url: /),
    ]);
  });

  test('includes the Charts in the outermost one', () => {
    const app = Testing.app();
    const outer = new Chart(app, 'outer');
    breakRole(bundleIn(outer));

    expect(failuresOf(() => app.synthYaml())).toEqual([brokenRole.replace('[bundle', '[outer/bundle')]);
  });

  test('can lead from one Chart to another Chart in it', () => {
    const app = Testing.app();
    const outer = new Chart(app, 'outer');
    const { reader } = bundleIn(outer);
    const apiServer = ApiServer.fromUrl('https://example.org:6443');
    const common = { name: 'more', namespace: 'platform', path: '/more', apiServer, reader };

    new AssetsRepository(new Chart(outer, 'inner'), 'repository', common);

    expect(() => app.synthYaml()).not.toThrow();
  });

  test('ends at the outermost Chart, so that an app can have two clusters', () => {
    const app = new App({ outdir });
    bundleIn(app, 'here');
    bundleIn(app, 'there', 'https://10.0.0.1:6443');

    app.synth();

    expect(readdirSync(outdir).sort()).toEqual(['here.k8s.yaml', 'there.k8s.yaml']);
  });

  test('is reported without the faults of other bundles', () => {
    const app = Testing.app();
    breakRole(bundleIn(app, 'bundle'));
    bundleIn(app, 'there', 'https://10.0.0.1:6443');

    expect(failuresOf(() => app.synthYaml())).toEqual([brokenRole]);
  });
});

describe('custom rules', () => {
  const missing =
    'team-label: HelmRepository platform/charts metadata.labels.team: no team owns it; fix: set the label team';

  test('fail the synth of a bundle, at the construct that they concern', () => {
    const app = new App({ outdir });
    validateChain(bundleIn(app), { rules: [...allRules, teamLabel('error')] });

    expect(failuresOf(() => app.synth())).toEqual([`[bundle/repository-platform-charts] error ${missing}`]);
  });

  test('are checked beside the rules of eggtooth', () => {
    const app = new App({ outdir });
    const bundle = bundleIn(app);
    validateChain(bundle, { rules: [...allRules, teamLabel('error')] });
    breakRole(bundle);

    expect(failuresOf(() => app.synth())).toEqual([brokenRole, expect.stringContaining('team-label')]);
  });

  test('replace the rules of eggtooth if these are not passed too', () => {
    const app = new App({ outdir });
    const bundle = bundleIn(app);
    validateChain(bundle, { rules: allRules.filter(({ id }) => id !== 'role-covers-route' && id !== 'reader-excess') });
    breakRole(bundle);

    expect(() => app.synth()).not.toThrow();
  });

  test('are checked on a Chart without constructs of eggtooth', () => {
    const app = new App({ outdir });
    const chart = new Chart(app, 'chart');
    new ApiObject(chart, 'repository', find(goldenObjects(), 'HelmRepository cozystack-apps'));
    validateChain(chart, { rules: [teamLabel('error')] });

    expect(failuresOf(() => app.synth())).toEqual([
      '[chart] error team-label: HelmRepository cozy-public/cozystack-apps metadata.labels.team: no team owns it; fix: set the label team',
    ]);
  });

  test('are checked on an empty Chart', () => {
    const app = new App({ outdir });
    const chart = new Chart(app, 'chart');
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'platform' } };
    const fault = { object, field: 'metadata.name', message: 'the bundle does not bring it', fix: 'add it' };
    validateChain(chart, { rules: [{ id: 'own-namespace', severity: 'error', check: () => [fault] }] });

    expect(failuresOf(() => app.synth())).toEqual([
      expect.stringMatching(/^\[chart\] error own-namespace: Namespace platform /),
    ]);
  });

  test('of several calls for one bundle are each checked once', () => {
    const app = new App({ outdir });
    const [bundle, other] = [bundleIn(app), teamLabel('error')];
    validateChain(bundle, { rules: [...allRules, other] });
    validateChain(bundle, { rules: [...allRules, { ...other, id: 'other-label' }] });
    validateChain(bundle, { rules: [...allRules, other] });
    breakRole(bundle);

    expect(failuresOf(() => app.synth())).toEqual([
      brokenRole,
      expect.stringContaining('error team-label:'),
      expect.stringContaining('error other-label:'),
    ]);
  });

  test('are checked when they are added after a synth', () => {
    const app = new App({ outdir });
    const bundle = bundleIn(app);
    app.synth();

    validateChain(bundle, { rules: [teamLabel('error')] });

    expect(failuresOf(() => app.synth())).toEqual([`[bundle/repository-platform-charts] error ${missing}`]);
  });
});

describe('warnings', () => {
  const warning =
    '[bundle/repository-platform-charts] warning team-label: HelmRepository platform/charts metadata.labels.team: ' +
    'no team owns it; fix: set the label team\n';

  /** What an action prints on standard error. */
  function printedBy(action: () => unknown): string {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      action();
      return write.mock.calls.map(([text]) => text).join('');
    } finally {
      write.mockRestore();
    }
  }

  test.each([
    { way: 'app.synth()', synth: (app: App) => app.synth() },
    { way: 'app.synthYaml()', synth: (app: App) => app.synthYaml() },
  ])('are printed once by $way, with construct path, object, reason and fix, and do not fail it', ({ synth }) => {
    const app = new App({ outdir });
    validateChain(bundleIn(app), { rules: [...allRules, teamLabel('warning')] });
    // cdk8s validates the whole App again for each Chart.
    bundleIn(app, 'other', 'https://10.0.0.1:6443');

    expect(printedBy(() => synth(app))).toBe(warning);
  });

  test('are printed again when the bundle has changed', () => {
    const app = new App({ outdir });
    const bundle = bundleIn(app);
    validateChain(bundle, { rules: [teamLabel('warning')] });

    expect(printedBy(() => app.synth())).toBe(warning);
    bundle.namespaces.get('platform')?.metadata.addLabel('team', 'platform');
    expect(printedBy(() => app.synth())).toBe(warning);
    bundle.repositories[0]?.metadata.addLabel('team', 'platform');
    expect(printedBy(() => app.synth())).toBe('');
  });

  test('are printed beside the errors that fail the synth', () => {
    const app = new App({ outdir });
    const bundle = bundleIn(app);
    validateChain(bundle, { rules: [...allRules, teamLabel('warning')] });
    breakRole(bundle);

    expect(printedBy(() => expect(failuresOf(() => app.synth())).toEqual([brokenRole]))).toBe(warning);
  });

  test('of the rules of eggtooth are printed', () => {
    const app = new App({ outdir });
    const chart = new Chart(app, 'chart');
    new ApiObject(chart, 'agent', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'agent', namespace: 'platform' },
      spec: {
        template: {
          spec: {
            hostNetwork: true,
            containers: [{ name: 'agent', image: 'agent:1', ports: [{ containerPort: 9000 }] }],
          },
        },
      },
    });
    validateChain(chart);

    expect(printedBy(() => app.synth())).toMatch(
      /^\[chart\] warning host-port-surge: Deployment platform\/agent spec\.strategy: .*; fix: .*\n$/,
    );
  });
});
