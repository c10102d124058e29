import { describe, expect, test } from 'vitest';
import { parseUser, printUser } from '../../src/chain/generation';

describe('the user of a generation', () => {
  test.each([
    ['assets-reader', 'assets-reader', 1],
    ['assets-reader:g2', 'assets-reader', 2],
    ['assets-reader:g10', 'assets-reader', 10],
    ['flux-reader:a1b2c3:g31', 'flux-reader:a1b2c3', 31],
    ['a:g2:g3', 'a:g2', 3],
  ])('%s is %s of generation %i, parsed and printed', (user, name, generation) => {
    expect(parseUser(user)).toEqual({ name, generation });
    expect(printUser({ name, generation })).toBe(user);
  });

  test.each(['a:g1', 'a:g0', 'a:g02', 'a:g', 'a:g-2', 'a:G2', 'a:g2x', 'ag2', 'a:g2 ', 'a:g٢'])(
    '%j is a name of the first generation: no other suffix counts',
    (user) => {
      expect(parseUser(user)).toEqual({ name: user, generation: 1 });
      expect(printUser(parseUser(user))).toBe(user);
    },
  );
});
