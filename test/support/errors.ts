import { expect } from 'vitest';
import { EggtoothError, type ErrorCode } from '../../src/errors';

/** The EggtoothError that an action throws, which must have this code and a fix. */
export function errorOf(code: ErrorCode, action: () => unknown): EggtoothError {
  const error = withCode(code, action);
  expect(error.fix).toMatch(/\w/);
  expect(error.message).toBe(`${error.problem}\n  fix: ${error.fix}`);
  return error;
}

/** The message of the EggtoothError that an action throws, which may be a list with a fix in each entry. */
export function messageOf(code: ErrorCode, action: () => unknown): string {
  return withCode(code, action).message;
}

/** The EggtoothError that an action throws. */
export function thrownBy(action: () => unknown): EggtoothError {
  try {
    action();
  } catch (error) {
    if (!(error instanceof EggtoothError)) throw new Error(`expected an EggtoothError, got ${error}`, { cause: error });
    return error;
  }
  throw new Error('expected an error, but nothing was thrown');
}

function withCode(code: ErrorCode, action: () => unknown): EggtoothError {
  const error = thrownBy(action);
  expect(error.code).toBe(code);
  return error;
}
