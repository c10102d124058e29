import { describe, expect, test } from 'vitest';
import { resolveChartUrl } from '../../../src/signing/verify/chart-url';

const route = '/api/v1/namespaces/a/pods/b-0:8123/proxy';
const base = `https://api.example:6443${route}/repos/system`;
const origin = 'https://api.example:6443';

describe('The URL of a chart', () => {
  test.each([
    ['demo-0.1.0.tgz', `${route}/repos/system/demo-0.1.0.tgz`],
    ['./demo-0.1.0.tgz', `${route}/repos/system/demo-0.1.0.tgz`],
    ['charts/demo-0.1.0+build.1.tgz', `${route}/repos/system/charts/demo-0.1.0+build.1.tgz`],
    ['../charts/demo.tgz', `${route}/repos/charts/demo.tgz`],
    ['demo 1.tgz', `${route}/repos/system/demo%201.tgz`],
    ['d%20emo.tgz', `${route}/repos/system/d%20emo.tgz`],
    ['démo.tgz', `${route}/repos/system/d%C3%A9mo.tgz`],
    ['demo.tgz?token=1#part', `${route}/repos/system/demo.tgz`],
    ['', `${route}/repos/system/`],
    ['/repos/system/demo.tgz', '/repos/system/demo.tgz'],
    [`${route}/repos/system/demo.tgz`, `${route}/repos/system/demo.tgz`],
    ['../../../../../../../../../../etc/demo.tgz', '/etc/demo.tgz'],
    ['a/..', `${route}/repos/system/`],
  ])('%j is relative to the folder of the index', (reference, path) => {
    expect(resolveChartUrl(base, reference)).toEqual({ origin, path, query: {} });
  });

  test.each([
    ['https://charts.example/demo.tgz?a=b', { origin: 'https://charts.example', path: '/demo.tgz', query: { a: 'b' } }],
    ['http://api.example:6443/demo.tgz', { origin: 'http://api.example:6443', path: '/demo.tgz', query: {} }],
    ['HTTPS://API.example:6443/x/demo.tgz', { origin, path: '/x/demo.tgz', query: {} }],
    ['//charts.example/demo.tgz', { origin: 'https://charts.example', path: '/demo.tgz', query: {} }],
    ['https://somebody@api.example:6443/x', { origin: 'https://somebody@api.example:6443', path: '/x', query: {} }],
    ['https://charts.example', { origin: 'https://charts.example', path: '/', query: {} }],
  ])('%j stays as it is', (reference, expected) => {
    expect(resolveChartUrl(base, reference)).toEqual(expected);
  });

  test.each([
    ['oci://charts.example/demo', 'has the scheme oci, and Flux downloads with https and http only'],
    ['demo-1.0:2.tgz', 'has the scheme demo-1.0, and Flux downloads with https and http only'],
    ['1.0:2.tgz', 'has a colon in its first segment'],
    ['demo%zz.tgz', 'has a % that no two hexadecimal digits follow'],
    ['demo\n.tgz', 'has a control character'],
    ['https:demo.tgz', 'is not a valid URL'],
  ])('%j cannot be used', (reference, problem) => {
    expect(resolveChartUrl(base, reference)).toBe(problem);
  });
});
