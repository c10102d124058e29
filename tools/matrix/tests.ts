/** The tests that depend most on the version of Kubernetes, by the beginning of their path. */
export const matrixTests = [
  {
    path: 'tools/control-plane/control-plane.test.ts',
    covers:
      'the servers: their version, the signing of certificates, and charts read through the proxy of the API server',
  },
  {
    path: 'test/e2e/any-cluster/',
    covers: 'the tests for any cluster: issuing at once and step by step, and Flux reading through pods and Services',
  },
  { path: 'test/e2e/up.test.ts', covers: '`eggtooth up` on an empty cluster and on one that has changed' },
  {
    path: 'test/e2e/renewal-policy.test.ts',
    covers: 'the admission policy of the renewal job, with every request that it must deny or admit',
  },
];
