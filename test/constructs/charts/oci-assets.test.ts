import { ApiObject, type Chart, JsonPatch } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { OciAssets, type OciAssetsProps, type OciVersion } from '../../../src/constructs/charts/oci-assets';
import { messageOf } from '../../support/errors';
import { synth } from '../../support/synth';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
const props: OciAssetsProps = {
  name: 'assets',
  namespace: 'platform',
  url: 'oci://registry.example:5000/platform/charts',
  version: { digest },
};

const ociRepository = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'OCIRepository',
  metadata: { name: 'assets', namespace: 'platform' },
  spec: { url: 'oci://registry.example:5000/platform/charts', ref: { digest }, interval: '5m0s' },
};

const assetsIn = (chart: Chart, changes: Partial<OciAssetsProps> = {}, id = 'assets') =>
  new OciAssets(chart, id, { ...props, ...changes });
const synthAssets = (changes: Partial<OciAssetsProps> = {}, id?: string) =>
  synth((chart) => assetsIn(chart, changes, id), 'elsewhere');

describe('assets in a registry', () => {
  test('are one OCIRepository of these very bytes, in their own namespace', () => {
    expect(synthAssets()).toEqual([ociRepository]);
  });

  test.each<OciVersion>([{ digest }, { semver: '>=1.2.0 <2.0.0' }, { tag: 'v1.2.3' }])(
    'may be of the version %j',
    (version) => {
      expect(synthAssets({ version })[0]).toHaveProperty('spec.ref', version);
    },
  );

  test('take labels, durations, Secrets and a registry without TLS', () => {
    const changes = {
      labels: { 'example.org/part': 'charts' },
      interval: '1h',
      timeout: '1m30s',
      secretName: 'registry',
      certSecretName: 'registry-tls',
      insecure: true,
    };

    expect(synthAssets(changes)).toMatchInlineSnapshot(`
      [
        {
          "apiVersion": "source.toolkit.fluxcd.io/v1",
          "kind": "OCIRepository",
          "metadata": {
            "labels": {
              "example.org/part": "charts",
            },
            "name": "assets",
            "namespace": "platform",
          },
          "spec": {
            "certSecretRef": {
              "name": "registry-tls",
            },
            "insecure": true,
            "interval": "1h",
            "ref": {
              "digest": "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            },
            "secretRef": {
              "name": "registry",
            },
            "timeout": "1m30s",
            "url": "oci://registry.example:5000/platform/charts",
          },
        },
      ]
    `);
  });

  test('tell an ArtifactGenerator how it names them', () => {
    synth((chart) =>
      expect(assetsIn(chart).source).toEqual({
        alias: 'assets',
        kind: 'OCIRepository',
        name: 'assets',
        namespace: 'platform',
      }),
    );
  });

  test('have the same YAML under every construct id', () => {
    expect(synthAssets({}, 'renamed')).toEqual([ociRepository]);
  });

  test('are open to JSON patches: ApiObject.of finds the OCIRepository', () => {
    const [object] = synth((chart) => {
      const assets = assetsIn(chart);
      assets.apiObject.addJsonPatch(JsonPatch.add('/spec/provider', 'aws'));
      expect(ApiObject.of(assets)).toBe(assets.apiObject);
    });

    expect(object).toHaveProperty('spec.provider', 'aws');
  });

  test('twice under one name are refused by the synth', () => {
    const build = () =>
      synth((chart) => {
        assetsIn(chart);
        assetsIn(chart, {}, 'again');
      });

    expect(build).toThrow('OCIRepository platform/assets is in the bundle twice');
  });
});

describe('assets that Flux could not read are refused, with object, reason and fix', () => {
  const untyped = (version: Record<string, string>) => ({ version: version as unknown as OciVersion });
  const url = (text: string) => ({ url: text });

  test.each<readonly [Partial<OciAssetsProps>, problem: string, fix: string]>([
    [url('https://registry.example/charts'), 'the URL "https://registry.example/charts" is none', 'write oci://'],
    [url('oci://registry.example'), 'the URL "oci://registry.example" is none', 'write oci://HOST[:PORT]/PATH'],
    [url('oci://registry.example/'), 'the URL "oci://registry.example/" is none', 'write oci://HOST[:PORT]/PATH'],
    [url('oci://registry.example/charts:1'), 'the URL "oci://registry.example/charts:1" is none', 'tag and digest'],
    [url(`oci://registry.example/charts@${digest}`), 'is none of an OCI artifact alone', 'belong into version'],
    [untyped({}), 'the version names nothing', 'exactly one of digest, semver and tag'],
    [untyped({ tag: '1', digest }), 'the version names digest and tag', 'exactly one of digest, semver and tag'],
    [{ version: { digest: 'sha256:0123' } }, 'the digest "sha256:0123" is none', 'sha256: and 64 hex digits'],
    [{ version: { semver: '' } }, 'the semver "" is none', 'a range of versions, such as ~1.2.0'],
    [{ version: { tag: '-1' } }, 'the tag "-1" is none', 'at most 128'],
    [{ interval: '5 minutes' }, 'the interval "5 minutes" does not match ^([0-9]', 'such as 5m0s (units: ms, s, m, h)'],
    [{ timeout: '1h' }, 'the timeout "1h" does not match ^([0-9]', 'such as 1m30s (units: ms, s, m)'],
  ])('%j', (changes, problem, fix) => {
    const message = messageOf('ERR_EGGTOOTH_SOURCE', () => synthAssets(changes));

    expect(message).toMatch(/^OCIRepository platform\/assets: /);
    expect(message).toContain(problem);
    expect(message).toContain(fix);
  });

  test('not with their password in the message', () => {
    const build = () => synthAssets({ url: 'oci://user:secret@registry.example/charts' });

    expect(messageOf('ERR_EGGTOOTH_SOURCE', build)).not.toContain('secret@');
  });
});
