// Reads the bundle FILE and checks its rules.
import { Chain, check } from 'eggtooth';
import { readBundle } from 'eggtooth/signing';

check(Chain.fromObjects(readBundle(process.env.FILE ?? '')));
