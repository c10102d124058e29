import { EggtoothError } from '../errors';

/**
 * Throws all rejections at once, with the code of the first.
 * @throws EggtoothError
 */
export function assertNone([first, ...others]: readonly EggtoothError[]): void {
  if (first === undefined) return;
  if (others.length === 0) throw first;
  const list = [first, ...others].map(({ message }) => `\n  ${message.replaceAll('\n', '\n  ')}`).join('');
  throw new EggtoothError(first.code, `${1 + others.length} objects are rejected:${list}`);
}
