import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OciVerification } from '../../src';
import { conditionOf } from '../../src/kubernetes/conditions';
import { stringAt } from '../../src/kubernetes/fields';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { requestReconcile } from '../../src/signing/flux/reconcile-request';
import { createAuthority, createCosignKey, eventually, pushChart, signWithNotation } from '../../tools/control-plane';
import { secret, sourceObject, trustPolicy, UpstreamStage } from './support/upstream-stage';

const cosign = (name: string): OciVerification => ({ provider: 'cosign', secretRef: { name } });
const notation = (name: string): OciVerification => ({ provider: 'notation', secretRef: { name } });
const keyless: OciVerification = {
  provider: 'cosign',
  matchOIDCIdentity: [{ issuer: '^https://issuer\\.example$', subject: '^signer@example\\.org$' }],
};

const ownSigstore = (name: string): OciVerification => ({ ...keyless, trustedRootSecretRef: { name } });

let stage: UpstreamStage;

beforeAll(async () => {
  stage = await UpstreamStage.start();
  const { cluster, registry } = stage;
  const [key, anotherKey] = [await createCosignKey(cluster.dir), await createCosignKey(cluster.dir)];
  const [notary, anotherNotary] = [await createAuthority('notary'), await createAuthority('another notary')];
  const push = (name: string, values?: Readonly<Record<string, string>>) =>
    pushChart(`${registry.host}/charts`, { name, values });
  await key.sign(await push('bundled'), 'bundle');
  await key.sign(await push('legacy'), 'legacy');
  await signWithNotation(await push('notarized'), notary);
  await key.sign(await push('replaced', { by: 'us' }));
  await push('unsigned');
  await cluster.apply([
    secret('key', { 'cosign.pub': key.publicKey }),
    secret('another-key', { 'cosign.pub': anotherKey.publicKey }),
    secret('both-keys', { 'old.pub': anotherKey.publicKey, 'new.pub': key.publicKey }),
    secret('no-key', { 'cosign.pub': 'ssh-ed25519 AAAA' }),
    secret('notary', { 'trustpolicy.json': trustPolicy('strict'), 'ca.crt': notary.certificate }),
    secret('another-notary', { 'trustpolicy.json': trustPolicy('strict'), 'ca.crt': anotherNotary.certificate }),
    secret('no-policy', { 'ca.crt': notary.certificate }),
    secret('no-root', { 'trusted_root.json': '{}' }),
    secret('audit', { 'trustpolicy.json': trustPolicy('audit'), 'ca.crt': anotherNotary.certificate }),
  ]);
});
afterAll(() => stage?.stop());

function signedChart(name: string, chart: string, verify: OciVerification): KubeObject {
  return sourceObject(name, { url: `oci://${stage.registry.host}/charts/${chart}`, insecure: true, verify });
}

const verified = async (object: KubeObject) => conditionOf(await stage.get(object), 'SourceVerified');

test('a signed chart is read once Flux has verified it, without a transparency log and without the internet', async () => {
  const charts = [
    signedChart('bundled', 'bundled', cosign('key')),
    signedChart('legacy', 'legacy', cosign('key')),
    signedChart('while-keys-change', 'bundled', cosign('both-keys')),
    signedChart('notarized', 'notarized', notation('notary')),
  ];

  const { repositories } = await stage.up(charts);

  for (const [index, chart] of charts.entries()) {
    expect(await verified(chart)).toMatchObject({
      status: 'True',
      message: `verified signature of revision ${repositories[index]?.revision}`,
    });
  }
});

describe('up reports why Flux does not read', () => {
  const NOBODY = /^Flux cannot read it: nobody whom spec\.verify trusts has signed it \(VerificationError: /;
  const WHO = /^find out who pushed it; if it is right, sign it, or add the key of its signer/;
  const ROOT = /^Flux cannot read it: the Secret with the trusted root has no valid content \(VerificationError: /;
  const TRUSTED_ROOT = /^put trusted_root\.json .* spec\.verify\.trustedRootSecretRef names$/;
  const cases: readonly (readonly [what: string, chart: string, OciVerification, problem: RegExp, fix: RegExp])[] = [
    ['a chart that nobody has signed', 'unsigned', cosign('key'), NOBODY, WHO],
    ['a chart that another key has signed', 'bundled', cosign('another-key'), NOBODY, WHO],
    ['a chart that another key has signed as cosign 2 did', 'legacy', cosign('another-key'), NOBODY, WHO],
    ['a chart that another tool has signed', 'notarized', cosign('key'), NOBODY, WHO],
    ['a chart that nobody has notarized', 'unsigned', notation('notary'), NOBODY, WHO],
    ['a chart that another notary has notarized', 'notarized', notation('another-notary'), NOBODY, WHO],
    [
      'a chart whose key is missing',
      'bundled',
      cosign('missing'),
      /the Secret with the trusted keys does not exist .*"missing" not found/,
      /spec\.verify\.secretRef/,
    ],
    [
      'a chart whose key is none',
      'bundled',
      cosign('no-key'),
      /no valid content .*PEM decoding failed/,
      /public key into a field that ends with \.pub/,
    ],
    [
      'a chart whose trust policy is missing',
      'notarized',
      notation('no-policy'),
      /no valid content .*'trustpolicy\.json' not found/,
      /a policy into trustpolicy\.json/,
    ],
    [
      'a chart that is signed without a key, where Sigstore is out of reach',
      'bundled',
      keyless,
      /Flux does not reach Sigstore .*tuf-repo-cdn\.sigstore\.dev/,
      /verify with a key/,
    ],
    ['a chart of a Sigstore whose root is missing', 'bundled', ownSigstore('missing'), ROOT, TRUSTED_ROOT],
    ['a chart of a Sigstore whose root is none', 'bundled', ownSigstore('no-root'), ROOT, TRUSTED_ROOT],
  ];
  const objects: KubeObject[] = [];

  beforeAll(async () => {
    objects.push(...cases.map(([, chart, verify], index) => signedChart(`refused-${index}`, chart, verify)));
    await stage.cluster.apply(objects);
    await stage.untilFailed(objects);
  });

  test.concurrent.each(cases.map((one, index) => [...one, index] as const))(
    '%s',
    async (_what, _chart, _verify, problem, fix, index) => {
      const object = objects[index] as KubeObject;
      await stage.expectBroken([object], object, problem, fix);
      expect(await stage.get(object)).not.toHaveProperty('status.artifact');
    },
  );
});

test('whoever can push to the registry cannot replace a chart that Flux verifies', async () => {
  const chart = signedChart('replaced', 'replaced', cosign('key'));
  const { repositories } = await stage.up([chart]);
  const [{ revision } = { revision: undefined }] = repositories;

  await pushChart(`${stage.registry.host}/charts`, { name: 'replaced', values: { by: 'another' } });
  await requestReconcile(stage.client, chart);

  await eventually(async () => expect(await verified(chart)).toMatchObject({ status: 'False' }));
  expect(revision).toMatch(/^0\.1\.0@sha256:/);
  expect(stringAt(await stage.get(chart), 'status', 'artifact', 'revision')).toBe(revision);
});

test('a trust policy that only audits lets Flux read a chart that nobody whom it trusts has signed, and up warns', async () => {
  const audited = signedChart('audited', 'notarized', notation('audit'));
  const strict = signedChart('strict', 'notarized', notation('notary'));
  const warnings: string[] = [];

  await stage.up([audited, strict], { onWarning: (warning) => warnings.push(warning) });

  expect(await verified(audited)).toBeUndefined();
  expect(warnings).toEqual([
    expect.stringMatching(
      /^OCIRepository \S+\/audited: Flux has read it, and has verified no signature; fix: .*strict/,
    ),
  ]);
});
