import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, Chart, Testing } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import type { ApiNames } from '../../src/kubernetes/manifest';
import { accepted } from './manifest.test-d';

describe('a manifest', () => {
  test.each(accepted)('of kind $kind passes through an ApiObject unchanged', (manifest) => {
    const chart = new Chart(Testing.app(), 'test');

    new ApiObject(chart, 'object', manifest);

    const [object] = Testing.synth(chart);
    expect(object).toMatchObject(manifest);
  });

  test('is a KubeObject', () => {
    const objects: KubeObject[] = accepted;
    expect(objects).toHaveLength(7);
  });

  test('has the field names of the API wherever cdk8s changes them', () => {
    // Typed by ApiNames: the same list as the types have.
    const names: ApiNames = {
      clientIp: 'clientIP',
      clusterIp: 'clusterIP',
      datasetUuid: 'datasetUUID',
      disableOpenApiValidation: 'disableOpenAPIValidation',
      diskUri: 'diskURI',
      downwardApi: 'downwardAPI',
      hostIp: 'hostIP',
      hostIpc: 'hostIPC',
      hostPid: 'hostPID',
      loadBalancerIp: 'loadBalancerIP',
      matchOidcIdentity: 'matchOIDCIdentity',
      nonResourceUrLs: 'nonResourceURLs',
      pdId: 'pdID',
      scaleIo: 'scaleIO',
      setHostnameAsFqdn: 'setHostnameAsFQDN',
      skipCrDs: 'skipCRDs',
      storagePolicyId: 'storagePolicyID',
      targetWwNs: 'targetWWNs',
      volumeId: 'volumeID',
    };
    const kinds = ['StatefulSet', 'Deployment', 'Service', 'Secret', 'ConfigMap', 'ServiceAccount', 'Namespace'];
    const rbac = ['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'];
    const kubernetes = [...kinds, ...rbac, 'CertificateSigningRequest'].map((kind) => `toJson_Kube${kind}Props`);
    const flux = {
      'source.toolkit.fluxcd.io': ['HelmRepository', 'HelmChart', 'OciRepository'],
      'source.extensions.fluxcd.io': ['ArtifactGenerator'],
      'helm.toolkit.fluxcd.io': ['HelmRelease'],
    };

    const fields = [
      ...fieldsOf(require.resolve('cdk8s-plus-28/lib/imports/k8s.js'), kubernetes),
      ...Object.entries(flux).flatMap(([group, kinds]) =>
        fieldsOf(
          join(__dirname, `../../imports/${group}.ts`),
          kinds.map((kind) => `toJson_${kind}Props`),
        ),
      ),
    ];

    expect(Object.fromEntries(fields.filter(([field, apiName]) => field !== apiName))).toEqual(names);
    for (const [field, apiName] of fields) expect(field in names && field === apiName, field).toBe(false);
  });

  test('loads no code of cdk8s-plus-28 or of the generated kinds', () => {
    const program = `
      require('./src/kubernetes/k8s.ts'); require('./src/kubernetes/flux.ts');
      require('./src/kubernetes/flux-manifests.ts'); require('./src/kubernetes/manifest.ts');
      console.log(Object.keys(require.cache).filter((file) => /cdk8s|toolkit/.test(file)).join());`;
    const args = ['--import', 'tsx', '--eval', program];
    expect(execFileSync(process.execPath, args, { cwd: join(__dirname, '../..'), encoding: 'utf8' })).toBe('\n');
  });
});

/** Pairs of a field's name in a generated interface and in the API, read from the functions that translate them. */
function fieldsOf(module: string, functions: string[]): [field: string, apiName: string][] {
  const source = readFileSync(module, 'utf8');
  const bodies = new Map(
    [...source.matchAll(/function (toJson_\w+)\(.*\n[\s\S]*?const result = \{\n([\s\S]*?)\n *\};/g)].map(
      ([, name = '', body = '']) => [name, body],
    ),
  );
  const reached = new Set(functions);
  const pairs: [string, string][] = [];
  for (const name of reached) {
    const body = bodies.get(name);
    expect(body, name).toBeDefined();
    for (const [, apiName = '', field = ''] of body?.matchAll(/^ *'(.+?)': .*?\bobj\.(\w+)/gm) ?? []) {
      pairs.push([field, apiName]);
    }
    for (const [next] of body?.matchAll(/toJson_\w+/g) ?? []) reached.add(next);
  }
  return pairs;
}
