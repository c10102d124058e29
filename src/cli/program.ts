import { Command } from 'commander';
import { version } from '../../package.json';
import { examples } from './text';

/**
 * The commands by what they are for, in the order of `eggtooth --help`. The help needs no more of a command than its
 * description, so that it does not load the command.
 */
const GROUPS = {
  'Bootstrap:': {
    up: 'Apply a bundle, issue its certificates, and wait until its releases are installed and the nodes are Ready',
    down: 'Delete everything of a bundle, its permissions first; what Flux installed from it stays',
    migrate: 'Migrate from charts that are read through the API server to charts from OCI',
  },
  'Certificates:': {
    issue: "Issue every reader's certificate, verify access to the charts, and write its Secrets",
    status: "Show the state of every reader's certificate",
    renew: 'Renew the certificates that are due, and wait until Flux has read with them',
    revoke: 'Replace the certificates of all readers, and remove the permissions of the old ones',
    sign: "Sign every reader's certificate with the CA of the cluster, and print its Secrets, without a cluster",
    rbac: 'Print the roles that a command needs for a bundle, without a cluster',
  },
  'Certificates that a second person approves:': {
    request: 'Create a private key, and request a certificate for it that somebody else approves',
    approve: 'Check a request that somebody else made, and approve it',
    collect: 'Collect an approved certificate, verify access to the charts, and write its Secrets',
    csr: 'Create a private key and print its CertificateSigningRequest, without a cluster',
  },
  'Other:': {
    version: 'Show the versions of eggtooth and of the API server',
  },
} as const;

/** The name of a command. */
export type CommandName = { [Group in keyof typeof GROUPS]: keyof (typeof GROUPS)[Group] }[keyof typeof GROUPS];

/** The names of all commands. */
export const commandNames = Object.values(GROUPS).flatMap((members) => Object.keys(members) as CommandName[]);

/** The commands that a command line is about: the one to run, or to show the help of. */
export function commandsIn([first, second]: readonly string[]): readonly CommandName[] {
  return commandNames.filter((name) => name === first || name === second);
}

/**
 * The command line, ready to parse arguments. It throws a CommanderError instead of ending the process.
 * @param loaded - the commands that can be run; of the others there is only the description
 */
export function createProgram(loaded: ReadonlyMap<CommandName, Command> = new Map()): Command {
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
  for (const [group, members] of Object.entries(GROUPS)) {
    for (const [name, description] of Object.entries(members) as [CommandName, string][]) {
      const command = loaded.get(name) ?? new Command();
      program.addCommand(
        command
          .name(name)
          .description(description)
          .copyInheritedSettings(program)
          .helpGroup(group)
          .showHelpAfterError(usageHint(`eggtooth ${name}`)),
      );
    }
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
