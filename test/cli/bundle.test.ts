import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { refusedUsers } from '../support/users';
import { expectError, readers, type Workspace, workspace } from './support/workspace';

/** Runs `csr` and tells what it left beside what was there. */
async function csr(place: Workspace, bundle?: string, input?: string) {
  const before = readdirSync(place.folder);
  const args = ['csr', ...(bundle === undefined ? [] : [bundle]), '--key-out', 'tls.key'];
  const run = await place.eggtooth(args, { input });
  return { ...run, left: readdirSync(place.folder).filter((name) => !before.includes(name)) };
}

describe('the bundle', () => {
  test('is a file', async () => {
    expect(await csr(workspace(), 'bundle.yaml')).toMatchObject({ code: 0, left: ['tls.key'] });
  });

  test('is a folder, with everything below it', async () => {
    const place = workspace();
    mkdirSync(place.path('manifests/deep'), { recursive: true });
    renameSync(place.path('bundle.yaml'), place.path('manifests/deep/bundle.k8s.yaml'));

    expect(await csr(place, 'manifests')).toMatchObject({ code: 0, stderr: '' });
  });

  test('is standard input', async () => {
    const place = workspace();
    const { code, stdout } = await csr(place, '-', readFileSync(place.path('bundle.yaml'), 'utf8'));

    expect(code).toBe(0);
    expect(parse(stdout).kind).toBe('CertificateSigningRequest');
  });

  test('is the folder dist, where cdk8s synth writes, if none is named', async () => {
    const place = workspace();
    mkdirSync(place.path('dist'));
    renameSync(place.path('bundle.yaml'), place.path('dist/bundle.k8s.yaml'));

    expect(await csr(place)).toMatchObject({ code: 0, left: ['tls.key'] });
  });

  test('is JSON too, and a List counts as its items', async () => {
    const place = workspace();
    writeFileSync(place.path('list.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: readers() }));

    expect(await csr(place, 'list.json')).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('a bundle that is none gives one error, and no key file', () => {
  test('is not there', async () => {
    const run = await csr(workspace());

    expectError(run, 'ERR_EGGTOOTH_BUNDLE', 'the bundle dist does not exist');
    expect(run.stderr).toContain('fix: run cdk8s synth, or name the file or folder with the manifests');
    expect(run.left).toEqual([]);
  });

  test.each([
    ['is empty', ''],
    ['holds comments alone', '# nothing\n---\n# here\n'],
    ['holds a text', 'hello\n'],
    ['holds a list', '- a\n- b\n'],
    ['holds a number', '42\n'],
    ['holds an object that is none of Kubernetes', 'a: b\n'],
    ['holds an object without metadata', 'apiVersion: v1\nkind: Secret\n'],
    ['is no YAML', 'a: [b\n'],
    ['is binary', '\0\x01\x02\xff'],
    ['ends in the midst', 'apiVersion: v1\nkind: "Secr'],
  ])('%s', async (_, text) => {
    const place = workspace();
    writeFileSync(place.path('bad.yaml'), text);
    const run = await csr(place, 'bad.yaml');

    expectError(run, 'ERR_EGGTOOTH_BUNDLE', 'bad.yaml');
    expect(run.left).toEqual([]);
  });

  test('is an empty folder', async () => {
    const place = workspace();
    mkdirSync(place.path('empty'));

    expectError(await csr(place, 'empty'), 'ERR_EGGTOOTH_BUNDLE', 'no Kubernetes objects found: empty');
  });

  test('is empty standard input', async () => {
    expectError(await csr(workspace(), '-', ''), 'ERR_EGGTOOTH_BUNDLE', 'no Kubernetes objects found: standard input');
  });

  test('holds no chain', async () => {
    const place = workspace([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }]);
    const run = await csr(place, 'bundle.yaml');

    expectError(run, 'ERR_EGGTOOTH_CHAIN', 'no HelmRepository in the bundle reads through the API server');
    expect(run.left).toEqual([]);
  });
});

describe('a bundle whose RoleBinding names a user that no certificate may carry: one error, no key file', () => {
  test.each(refusedUsers)('$user', async ({ user, says }) => {
    const objects = readers().map((object) =>
      object.kind === 'RoleBinding' ? { ...object, subjects: [{ ...firstSubject(object), name: user }] } : object,
    );
    const run = await csr(workspace(objects), 'bundle.yaml');

    expectError(run, 'ERR_EGGTOOTH_CHAIN', `the user ${JSON.stringify(user)} ${says}`);
    expect(run.left).toEqual([]);
  });
});

describe('a bundle that up does not take: one error, and no cluster is looked for', () => {
  const up = (place: Workspace) => place.eggtooth(['up', 'bundle.yaml', '--kubeconfig', 'missing']);

  test('breaks a rule of the chain', async () => {
    const run = await up(workspace(readers().filter(({ kind }) => kind !== 'Role')));

    expectError(run, 'ERR_EGGTOOTH_CHAIN', 'error role-covers-route: ');
  });

  test('and not for the reason that it needs no certificate', async () => {
    const run = await up(workspace([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }]));

    expectError(run, 'ERR_EGGTOOTH_KUBECONFIG', 'the kubeconfig missing cannot be read');
  });
});

function firstSubject({ subjects }: Readonly<Record<string, unknown>>): object {
  const [subject] = Array.isArray(subjects) ? subjects : [];
  return subject;
}
