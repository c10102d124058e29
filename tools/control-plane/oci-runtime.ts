import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ensurePrograms } from './ensure-programs';

interface Features {
  readonly linux?: { readonly seccomp?: { readonly enabled?: boolean } };
}

/** The paths of runc and of the command that containerd shall call. */
export async function ociRuntime(): Promise<{ readonly runc: string; readonly command: string }> {
  const { runc, 'runc-unfiltered': unfiltered } = await ensurePrograms(['runc', 'runc-unfiltered']);
  const { stdout } = await promisify(execFile)(runc, ['features']);
  const features: Features = JSON.parse(stdout);
  return { runc, command: features.linux?.seccomp?.enabled ? runc : unfiltered };
}
