import { ApiObject, type Chart, JsonPatch } from 'cdk8s';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { OciAssets, type OciAssetsProps } from '../../../src/constructs/charts/oci-assets';
import type { OciVersion } from '../../../src/constructs/charts/oci-source';
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

describe('OciAssets', () => {
  test('are an OCIRepository of exactly this digest, in its own namespace', () => {
    expect(synthAssets()).toEqual([ociRepository]);
  });

  test.each<OciVersion>([{ digest }, { semver: '>=1.2.0 <2.0.0' }, { tag: 'v1.2.3' }])(
    'can have the version %j',
    (version) => {
      expect(synthAssets({ version })[0]).toHaveProperty('spec.ref', version);
    },
  );

  test('can have labels, durations, Secrets and a registry without TLS', () => {
    const changes = {
      labels: { 'example.org/part': 'charts' },
      interval: '1h',
      timeout: '1m30s',
      secretRef: { name: 'registry' },
      certSecretRef: { name: 'registry-tls' },
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

  test('expose the source for an ArtifactGenerator', () => {
    synth((chart) =>
      expect(assetsIn(chart).source).toEqual({
        alias: 'assets',
        kind: 'OCIRepository',
        name: 'assets',
        namespace: 'platform',
      }),
    );
  });

  test('have the same YAML with every construct id', () => {
    expect(synthAssets({}, 'renamed')).toEqual([ociRepository]);
  });

  test('accept JSON patches: ApiObject.of returns the OCIRepository', () => {
    const [object] = synth((chart) => {
      const assets = assetsIn(chart);
      assets.apiObject.addJsonPatch(JsonPatch.add('/spec/provider', 'aws'));
      expect(ApiObject.of(assets)).toBe(assets.apiObject);
    });

    expect(object).toHaveProperty('spec.provider', 'aws');
  });

  test('are reported if two have the same name', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    onTestFinished(() => write.mockRestore());

    synth((chart) => {
      assetsIn(chart);
      assetsIn(chart, { interval: '1m' }, 'again');
    });

    expect(write.mock.calls.join('')).toContain('OCIRepository platform/assets is in the bundle twice');
  });
});

describe('OciAssets that Flux could not read are rejected, with object, reason and fix', () => {
  const untyped = (version: Record<string, string>) => ({ version: version as unknown as OciVersion });
  const url = (text: string) => ({ url: text });

  test.each<readonly [Partial<OciAssetsProps>, problem: string, fix: string]>([
    [url('https://registry.example/charts'), 'invalid URL: "https://registry.example/charts"', 'write oci://'],
    [url('oci://registry.example'), 'invalid URL: "oci://registry.example"', 'write oci://HOST[:PORT]/PATH'],
    [url('oci://registry.example/'), 'invalid URL: "oci://registry.example/"', 'write oci://HOST[:PORT]/PATH'],
    [url('oci://registry.example/charts:1'), 'invalid URL: "oci://registry.example/charts:1"', 'tag and digest'],
    [url(`oci://registry.example/charts@${digest}`), 'invalid URL: ', 'put tag and digest into version'],
    [untyped({}), 'invalid version: neither digest nor semver nor tag', 'exactly one of digest, semver and tag'],
    [untyped({ tag: '1', digest }), 'invalid version: digest and tag', 'exactly one of digest, semver and tag'],
    [{ version: { digest: 'sha256:0123' } }, 'invalid digest: "sha256:0123"', 'sha256: and 64 hex digits'],
    [{ version: { semver: '' } }, 'invalid semver: ""', 'a range of versions, such as ~1.2.0'],
    [{ version: { tag: '-1' } }, 'invalid tag: "-1"', 'at most 128'],
    [{ interval: '5 minutes' }, 'the interval "5 minutes" does not match ^([0-9]', 'such as 5m0s (units: ms, s, m, h)'],
    [{ timeout: '1h' }, 'the timeout "1h" does not match ^([0-9]', 'such as 1m30s (units: ms, s, m)'],
  ])('%j', (changes, problem, fix) => {
    const message = messageOf('ERR_EGGTOOTH_SOURCE', () => synthAssets(changes));

    expect(message).toMatch(/^OCIRepository platform\/assets: /);
    expect(message).toContain(problem);
    expect(message).toContain(fix);
  });

  test('with a message that does not contain the password of the URL', () => {
    const build = () => synthAssets({ url: 'oci://user:secret@registry.example/charts' });

    expect(messageOf('ERR_EGGTOOTH_SOURCE', build)).not.toContain('secret@');
  });
});
