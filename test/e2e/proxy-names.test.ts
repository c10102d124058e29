import { afterAll, beforeAll, expect, test } from 'vitest';
import type { IssueResult } from '../../src/signing/issue-result';
import { eggtooth, onlyItem } from './support/eggtooth';
import { type Stage, startStage } from './support/stage';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage({ namespaces: ['proxy', 'services'], name: 'proxy' });
});
afterAll(() => stage?.stop());

test('issue reads every index through a namespace and a pod that are called like parts of the URL', async () => {
  const run = await eggtooth(['issue', stage.bundle, '--kubeconfig', stage.cluster.kubeconfig, '-o', 'json']);

  const { checks } = onlyItem<IssueResult>('issue', run);
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(checks.flatMap((check) => (check.check === 'index' ? [check.repository] : []))).toEqual([
    { namespace: 'proxy', name: 'system' },
    { namespace: 'services', name: 'apps' },
  ]);
  expect(run.code).toBe(0);
});
