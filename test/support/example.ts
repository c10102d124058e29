import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';

const folder = join(__dirname, '../../examples');

/** The names of all examples. */
export const examples: readonly string[] = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/**
 * Synthesizes an example with the source of the library. The example writes its bundle when it is loaded.
 * @param apiServerUrl - the API server, unless it is the one that the example has
 */
export async function synthExample(name: string, outdir: string, apiServerUrl?: string): Promise<void> {
  vi.resetModules();
  vi.doMock('eggtooth', () => import('../../src/index.js'));
  vi.stubEnv('CDK8S_OUTDIR', outdir);
  vi.stubEnv('API_SERVER_URL', apiServerUrl);
  try {
    await import(join(folder, name, 'main.ts'));
  } finally {
    vi.unstubAllEnvs();
    vi.doUnmock('eggtooth');
  }
}
