import type { EggtoothError } from '../errors';
import { bundleFault } from './bundle-fault';
import type { ManifestFile } from './manifest-files';
import { printPosition } from './manifest-position';
import type { YamlFault } from './yaml/yaml-fault';

/** The smallest buffer of a pipe on any platform: what is shorter is not cut by a program that ends too early. */
const PIPE = 16 * 1024;

const COMPLETE =
  'use the complete file: `cdk8s synth --stdout` cuts off large output, so read the folder that it writes';

/**
 * The error for a file whose text cannot be read.
 * @param offset - where, in the file
 */
export function unreadable({ name, text }: ManifestFile, fault: YamlFault, offset: number): EggtoothError {
  const position = printPosition(text, offset);
  if (['apiVersion', 'kind', 'metadata'].includes(fault.repeatedKey ?? '') || isGlued(text, offset)) {
    return bundleFault(
      `two objects in one document: ${name}: ${fault.repeatedKey ?? 'apiVersion'} again at ${position}`,
      'write a line with --- between the objects; files that are joined need one between them',
      fault,
    );
  }
  const rest = text.slice(offset);
  if (fault.isSyntax && (rest.trim() === '' || !rest.includes('\n'))) {
    return bundleFault(
      `invalid YAML: ${name}: the file ends in the middle of a document: ${fault.reason} at ${position}`,
      COMPLETE,
      fault,
    );
  }
  return bundleFault(`invalid YAML: ${name}: ${fault.reason} at ${position}`, 'fix the YAML', fault);
}

/** Whether a file without a line break at its end was joined with the next. */
function isGlued(text: string, offset: number): boolean {
  const start = text.lastIndexOf('\n', Math.max(0, offset - 1)) + 1;
  const [line = ''] = text.slice(start).split('\n', 1);
  return /^\s*(?!#|apiVersion|kind).+(?:apiVersion|kind): *[\w./]+\s*$/.test(line);
}

/** The error for the last document of a file if it is no object because the rest of it is missing. */
export function cutObject(name: string, line: number): EggtoothError {
  return bundleFault(
    `not a Kubernetes object: ${name}, line ${line}: the file ends in the middle of a document`,
    COMPLETE,
  );
}

/**
 * Refuses a YAML file that ends in the middle of a line and is as large as what a pipe holds: its last value would be
 * another one if it is cut. Programs end YAML with a line break.
 *
 * @throws EggtoothError `ERR_EGGTOOTH_BUNDLE`
 */
export function assertNotCut({ name, text }: ManifestFile): void {
  if (text.length < PIPE || /[\n}\]]\s*$/.test(text.slice(-200))) return;
  throw bundleFault(
    `${name} ends in the middle of a line, as a stream that was cut does`,
    `${COMPLETE}; if nothing is missing, end the file with a line break`,
  );
}
