import { expect, test } from 'vitest';
import { ruleAllows, rulesOf } from '../../src/rights/role-rule';

function ruleOf(rule: object) {
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: {}, rules: [rule] };
  const [first] = rulesOf(role);
  if (first === undefined) throw new Error('no rule');
  return first;
}

const right = { verb: 'get', group: '', resource: 'pods/proxy', name: 'web-0' };
const exact = { apiGroups: [''], resources: ['pods/proxy'], resourceNames: ['web-0'], verbs: ['get'] };

test.each([
  exact,
  { ...exact, verbs: ['*'] },
  { ...exact, apiGroups: ['apps', '*'] },
  { ...exact, resources: ['*'] },
  { ...exact, resources: ['*/proxy'] },
  { ...exact, resourceNames: [] },
  { ...exact, resourceNames: null },
])('ruleAllows allows the proxy of a pod by %j', (rule) => {
  expect(ruleAllows(ruleOf(rule), right)).toBe(true);
});

test.each([
  { ...exact, verbs: ['list'] },
  { ...exact, apiGroups: ['apps'] },
  { ...exact, apiGroups: undefined },
  { ...exact, resources: ['pods'] },
  { ...exact, resources: ['pods/*'] },
  { ...exact, resources: ['*/log'] },
  { ...exact, resourceNames: ['*'] },
  { ...exact, resourceNames: ['web-0:80'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
])('ruleAllows denies the proxy of a pod by %j', (rule) => {
  expect(ruleAllows(ruleOf(rule), right)).toBe(false);
});

test('rulesOf reads rules of any shape, and each knows its field', () => {
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: {}, rules: [null, 'get', exact] };

  expect(rulesOf(role).map(({ field, verbs }) => ({ field, verbs }))).toEqual([
    { field: 'rules[0]', verbs: [] },
    { field: 'rules[1]', verbs: [] },
    { field: 'rules[2]', verbs: ['get'] },
  ]);
  expect(rulesOf({ ...role, rules: { verbs: ['*'] } })).toEqual([]);
});
