import { EggtoothError } from '../errors';

/** Maximum length of an X.509 commonName in characters (ub-common-name of RFC 5280). */
const MAX_COMMON_NAME = 64;

const ALLOWED = /[^A-Za-z0-9._:@/-]/u;

/** Why a name cannot be the user of a client certificate; `undefined` if it can. */
export function userProblem(user: string): string | undefined {
  if (user === '') return 'is empty: the API server does not authenticate a certificate without a name';
  if (/^system:/i.test(user)) return 'starts with system:, which Kubernetes reserves';
  const [odd] = ALLOWED.exec(user) ?? [];
  if (odd !== undefined) return `contains ${describe(odd)}, which can change the meaning of a certificate's subject`;
  if (user.length > MAX_COMMON_NAME) {
    return `has ${user.length} characters, and a commonName has at most ${MAX_COMMON_NAME}`;
  }
  return undefined;
}

/** The fix that {@link assertUser} and the rule reader-user suggest. */
export const USER_FIX = 'choose a name of 1 to 64 letters, digits and . _ : @ / - that does not start with system:';

/**
 * Rejects a name that must not be the user of a client certificate.
 * @throws EggtoothError `ERR_EGGTOOTH_USER`
 */
export function assertUser(user: string): void {
  const problem = userProblem(user);
  if (problem === undefined) return;
  throw new EggtoothError('ERR_EGGTOOTH_USER', `the user ${JSON.stringify(user)} ${problem}`, { fix: USER_FIX });
}

function describe(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\n') return 'a newline';
  if (code === 0) return 'a NUL';
  if (character === ' ') return 'a space';
  return code < 0x20 ? `the control character U+${code.toString(16).padStart(4, '0')}` : `the character ${character}`;
}
