import { Command } from 'commander';
import { version } from '../../package.json';
import { approveCommand } from './approve';
import { collectCommand } from './collect';
import { csrCommand } from './csr';
import { downCommand } from './down';
import { issueCommand } from './issue';
import { migrateCommand } from './migrate';
import { renewCommand } from './renew';
import { requestCommand } from './request';
import { revokeCommand } from './revoke';
import { statusCommand } from './status';
import { examples } from './text';
import { upCommand } from './up';

/** The commands by what they are for, in the order of `eggtooth --help`. */
const GROUPS = {
  'Bootstrap:': { up: upCommand, down: downCommand, migrate: migrateCommand },
  'Certificates:': { issue: issueCommand, status: statusCommand, renew: renewCommand, revoke: revokeCommand },
  'Certificates that a second person approves:': {
    request: requestCommand,
    approve: approveCommand,
    collect: collectCommand,
    csr: csrCommand,
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, () => Command>>>>;

/**
 * The command line, ready to parse arguments. It throws a CommanderError instead of ending the process.
 * @param only - name of the command to run: making the others takes time. By default, and for an unknown name, all are made
 */
export function createProgram(only?: string): Command {
  const program = new Command('eggtooth')
    .description('Bootstrap Flux on a cluster that has no CNI and no kube-proxy')
    .usage('<command> [bundle] [options]')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .exitOverride()
    .helpOption('-h, --help', 'Show the help')
    .version(version, '-V, --version', 'Show the version')
    .addHelpText(
      'after',
      examples(
        ['Bring up the bundle in dist/ on the current context', 'eggtooth up'],
        ["Show the state of every reader's certificate", 'eggtooth status'],
        ['Show the options and examples of a command', 'eggtooth issue --help'],
      ),
    );
  const commands = Object.entries(GROUPS).flatMap(([group, members]) =>
    Object.entries(members).map(([name, create]) => ({ group, name, create })),
  );
  const chosen = commands.filter(({ name }) => name === only);
  for (const { group, name, create } of chosen.length > 0 ? chosen : commands) {
    const command = create().copyInheritedSettings(program).helpGroup(group);
    program.addCommand(command.showHelpAfterError(usageHint(`eggtooth ${name}`)));
  }
  return program
    .showHelpAfterError(usageHint('eggtooth'))
    .commandsGroup('Other:')
    .helpCommand('help [command]', 'Show the help of a command');
}

/** Follows the error about wrong use, in the form of all errors. */
function usageHint(command: string): string {
  return `  fix: run ${command} --help to see its usage\n  code: ERR_EGGTOOTH_OPTION`;
}
