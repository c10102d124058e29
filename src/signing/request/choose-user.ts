import type { Chain } from '../../chain/chain';
import { EggtoothError } from '../../errors';

/** The reader that is meant. @throws EggtoothError `ERR_EGGTOOTH_OPTION` if it is none of the chain's, or any of several */
export function chooseUser({ credentials }: Chain, wanted: string | undefined): string {
  const users = credentials.map(({ user }) => user);
  const chosen = users.filter((user) => wanted === undefined || user === wanted);
  if (chosen[0] !== undefined && chosen.length === 1) return chosen[0];
  const problem =
    wanted === undefined ? 'the bundle has several readers' : `no reader of the bundle is ${JSON.stringify(wanted)}`;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', problem, { fix: `choose one with --user: ${users.join(', ')}` });
}
