import { defineConfig } from 'vitest/config';

/** Tests of what `npm run build` makes: lib/, the compiled examples, and crds/, for which it needs Go. */
const BUILT = [
  'test/cli/**/*.test.ts',
  'test/constructs/bundle/{bootstrap-bundle-flux,cozystack,oci-bundle}.test.ts',
  'test/constructs/certificate/certificate-renewal.test.ts',
  'test/constructs/examples.test.ts',
  'test/constructs/flux-aio/{load-crds,peers}.test.ts',
  'test/migration/examples.test.ts',
  'test/{docs,imports}.test.ts',
];

/** Limits for tests on real servers, which hold on a busy machine: the tests wait for states. */
const PATIENT = { testTimeout: 300_000, hookTimeout: 300_000 };

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        // The loop while one writes code: without Go, network or a build, in less than 20 seconds.
        test: {
          name: 'unit',
          // A busy machine may take long for one RSA key.
          testTimeout: 60_000,
          // Nearly half of the time goes into loading the same modules for each file.
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: [...BUILT, 'test/e2e/**', 'test/package/**', 'test/fixtures/**'],
        },
      },
      { test: { name: 'built', include: BUILT, testTimeout: 120_000, hookTimeout: 120_000 } },
      {
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          globalSetup: ['test/package/setup.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'any-cluster',
          include: ['test/e2e/any-cluster/*.test.ts'],
          ...PATIENT,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/*.test.ts', 'tools/control-plane/*.test.ts'],
          exclude: ['tools/control-plane/node*.test.ts'],
          ...PATIENT,
        },
      },
      {
        // Their pods have ports of the whole sandbox: one file at a time, and no other project beside them.
        test: {
          name: 'node',
          include: ['test/e2e/node/*.test.ts', 'tools/control-plane/node*.test.ts'],
          globalSetup: ['test/e2e/node/setup.ts'],
          ...PATIENT,
        },
      },
    ],
  },
});
