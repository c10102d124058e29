import { beforeAll, describe, expect, test } from 'vitest';
import type { EggtoothError } from '../../../src/errors';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { assertOurs } from '../../../src/signing/secret/assert-ours';
import { certificate, keyPair } from '../../pki/support/certificates';
import { thrownBy } from '../../support/errors';

const secret = (data: Readonly<Record<string, string>> | undefined, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'tls', namespace: 'shop', ...metadata },
  ...(data && {
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')])),
  }),
});
let pem: (user: string) => Promise<string>;
beforeAll(async () => {
  const keys = await keyPair();
  pem = (user) => certificate({ keys, subject: [{ CN: [user] }] });
});
const reader = { name: 'reader' };

function refusalOf(...secrets: readonly KubeObject[]): EggtoothError {
  const error = thrownBy(() => assertOurs(reader, secrets));
  expect(error.code).toBe('ERR_EGGTOOTH_FOREIGN');
  return error;
}

const managedBy = (manager: string, operation: string) => ({ managedFields: [{ manager, operation }] });

describe('assertOurs accepts a Secret', () => {
  test.each<readonly [string, KubeObject]>([
    ['without data', secret(undefined)],
    ['with no keys', secret({})],
    ['with empty values', secret({ 'tls.crt': '', 'tls.key': '', 'ca.crt': '' })],
    ['with our label', secret({ a: 'b' }, { labels: { 'app.kubernetes.io/managed-by': 'eggtooth' } })],
    ['with our mark', secret({ a: 'b' }, { annotations: { 'eggtooth.dev/applied': 'true' } })],
    ['that we applied', secret({ a: 'b' }, managedBy('eggtooth', 'Apply'))],
  ])('%s', (_, object) => {
    expect(() => assertOurs(reader, [object])).not.toThrow();
  });

  test('with a certificate of the reader, of any generation', async () => {
    for (const user of ['reader', 'reader:g2', 'reader:g7']) {
      const object = secret({ 'tls.crt': await pem(user) });
      expect(() => assertOurs(reader, [object])).not.toThrow();
    }
  });

  const ofFlux = {
    labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'f' },
  };

  test('of anybody, if it is adopted', () => {
    for (const object of [secret({ a: 'b' }), secret({}, ofFlux)]) {
      expect(() => assertOurs(reader, [object], { adopt: true })).not.toThrow();
    }
  });

  test('that we wrote, although Flux manages it: a renewal must not fail because of that', () => {
    const labels = { ...ofFlux.labels, 'app.kubernetes.io/managed-by': 'eggtooth' };
    expect(() => assertOurs(reader, [secret({ a: 'b' }, { labels })])).not.toThrow();
  });
});

describe('assertOurs refuses a Secret', () => {
  test('of eggtooth sign whose key Flux applies from Git, since Flux would put it back', () => {
    const labels = { 'app.kubernetes.io/managed-by': 'eggtooth', 'kustomize.toolkit.fluxcd.io/name': 'secrets' };
    const owns = (manager: string, keys: object) => ({
      managedFields: [{ manager, operation: 'Apply', fieldsV1: { 'f:data': keys } }],
    });
    const { fix } = refusalOf(secret({ a: 'b' }, { labels, ...owns('kustomize-controller', { 'f:tls.key': {} }) }));

    expect(fix).toMatch(/^change it where Kustomization secrets takes it from \(eggtooth sign makes another\)/);
    for (const other of [owns('eggtooth', { 'f:tls.key': {} }), owns('kustomize-controller', { 'f:note': {} })]) {
      expect(() => assertOurs(reader, [secret({ a: 'b' }, { labels, ...other })])).not.toThrow();
    }
  });

  test.each<readonly [string, KubeObject]>([
    ['with data', secret({ a: 'b' })],
    ['with one empty value and one that is not', secret({ 'tls.crt': '', 'tls.key': 'x' })],
    ['with the label of another program', secret({ a: 'b' }, { labels: { 'app.kubernetes.io/managed-by': 'Helm' } })],
    ['that another field manager applied', secret({ a: 'b' }, managedBy('helm', 'Apply'))],
    [
      'that existed before we applied a manifest',
      secret({ a: 'b' }, { annotations: { 'eggtooth.dev/applied': 'existing' } }),
    ],
    ['in which we only patched something', secret({ a: 'b' }, managedBy('eggtooth', 'Update'))],
  ])('%s', (_, object) => {
    const error = refusalOf(object);

    expect(error.object).toEqual({ apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'tls' });
    expect(error.fix).toContain('--adopt');
  });

  test.each([
    ['kustomize.toolkit.fluxcd.io', 'Kustomization flux/apps'],
    ['helm.toolkit.fluxcd.io', 'HelmRelease flux/apps'],
    ['fluxcd.controlplane.io', 'FluxInstance flux/apps'],
    ['resourceset.fluxcd.controlplane.io', 'ResourceSet flux/apps'],
  ])('that Flux manages, although it is empty or of the reader: %s', async (prefix, owner) => {
    const labels = { [`${prefix}/name`]: 'apps', [`${prefix}/namespace`]: 'flux' };
    for (const data of [undefined, { 'tls.crt': await pem('reader') }]) {
      expect(refusalOf(secret(data, { labels })).message).toContain(`is managed by ${owner}`);
    }
  });

  test('with a certificate of another user, also of one with a similar name', async () => {
    for (const user of ['reader2', 'reader:x', 'Reader', 'other']) {
      const object = secret({ 'tls.crt': await pem(user) });
      expect(refusalOf(object).message).toContain('than a certificate of reader');
    }
  });

  test('and names all others', () => {
    const others = ['a', 'b'].map((namespace) => secret({ x: 'y' }, { namespace }));

    expect(refusalOf(...others).message).toContain('; the same holds for Secret b/tls');
  });
});
