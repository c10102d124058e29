import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chain } from '../../src/chain/chain';
import { check } from '../../src/chain/rules/check';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import { BUNDLE_LABEL } from '../../src/kubernetes/labels';
import { readBundle } from '../../src/kubernetes/read-bundle';
import { examples, synthExample } from '../support/example';
import { labeled } from '../support/labeled';

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'eggtooth-examples-test-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test('there is at least one example', () => {
  expect(examples).toContain('minimal');
});

describe.each(examples)('the example %s', (name) => {
  let folder: string;
  beforeAll(async () => {
    folder = join(scratch, name);
    await synthExample(name, folder);
  });

  test('synthesizes a file of CRDs, and a file with the bytes of the snapshot', async () => {
    const [crds = '', bundle = '', ...others] = readdirSync(folder);

    expect(others).toEqual([]);
    const names = new Set(readBundle(join(folder, bundle)).map(({ metadata }) => metadata.labels?.[BUNDLE_LABEL]));
    const [bundleName = ''] = names;
    expect(names).toEqual(new Set([expect.stringContaining('.')]));
    expect(readBundle(join(folder, crds))).toEqual(
      labeled(fluxCrds(name === 'cozystack' ? '2.7.3' : newestFlux), bundleName),
    );
    const yaml = readFileSync(join(folder, bundle), 'utf8');
    await expect(yaml).toMatchFileSnapshot(`./__snapshots__/examples/${name}.k8s.yaml`);
  });

  test('breaks no rule', () => {
    expect(check(Chain.fromObjects(readBundle(folder)))).toEqual([]);
  });
});
