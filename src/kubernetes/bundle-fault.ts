import { EggtoothError } from '../errors';

/** The error for a bundle that does not exist or cannot be read as Kubernetes objects. */
export function bundleFault(problem: string, fix: string, cause?: unknown): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_BUNDLE', problem, { fix, cause });
}
