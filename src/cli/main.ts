#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { version } from '../../package.json';
import { EggtoothError } from '../errors';
import { csrCommand } from './csr';
import { issueCommand } from './issue';
import { migrateCommand } from './migrate';
import { renewCommand } from './renew';
import { revokeCommand } from './revoke';
import { upCommand } from './up';

const DESCRIPTION =
  'Bring Flux up on a cluster without CNI and kube-proxy: certificates for reading charts through the API server.';

async function main(): Promise<void> {
  const program = new Command('eggtooth').description(DESCRIPTION).version(version).exitOverride();
  program.configureHelp({ showGlobalOptions: true }).showHelpAfterError('(add --help for the options)');
  for (const command of [csrCommand(), issueCommand(), renewCommand(), revokeCommand(), upCommand(), migrateCommand()])
    program.addCommand(command.copyInheritedSettings(program));
  await program.parseAsync();
}

/** 0 done, 1 failed, 2 wrong use. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof EggtoothError) {
    process.stderr.write(`error: ${error.message}\n  code: ${error.code}\n`);
    return error.code === 'ERR_EGGTOOTH_OPTION' ? 2 : 1;
  }
  process.stderr.write(`error: unexpected, please report: ${error instanceof Error ? error.stack : 'unknown'}\n`);
  return 1;
}

/** Whoever read the output may have gone, as in `eggtooth csr | head`: that is no failure. */
function outputFailed({ code }: NodeJS.ErrnoException): void {
  if (code === 'EPIPE') return;
  process.stderr.write(`error: the output cannot be written (${code})\n`);
  process.exitCode = 1;
}

process.stdout.on('error', outputFailed);
main().catch((error: unknown) => {
  process.exitCode = exitCodeOf(error) || process.exitCode;
});
