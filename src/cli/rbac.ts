import { Argument, Command } from 'commander';
import { printYaml } from '../kubernetes/yaml/print-yaml';
import { commandRights, RIGHTS_COMMANDS, type RightsCommand } from '../signing/command-rights';
import { type BundleFlags, bundleArgument, bundleOption, readChain } from './bundle';
import { type Format, outputOption, print } from './output';
import type { RbacOutput } from './outputs';
import { say } from './streams';
import { examples } from './text';

interface RbacFlags extends BundleFlags {
  readonly output: Format;
}

/** `eggtooth rbac`: the permissions that a command needs. */
export function rbacCommand(): Command {
  return new Command()
    .addArgument(new Argument('<command>', 'Command to run with these permissions').choices(RIGHTS_COMMANDS))
    .addArgument(bundleArgument())
    .addOption(bundleOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(
        ['Create the roles for somebody who approves requests', 'eggtooth rbac approve | kubectl apply -f -'],
        ['Show the permissions that renew needs for a bundle', 'eggtooth rbac renew bundle.yaml'],
      ),
    )
    .action((command: RightsCommand, paths: readonly string[], { output, ...flags }: RbacFlags) => {
      const roles = commandRights(command, readChain(paths, flags));
      const list: RbacOutput = { apiVersion: 'v1', kind: 'List', items: roles };
      print(list, output, ({ items }) => items.map(printYaml).join('---\n'));
      for (const { kind, metadata } of roles) {
        const { name, namespace } = metadata;
        const where = namespace === undefined ? '' : ` -n ${namespace}`;
        const role = kind.toLowerCase();
        say(`next: kubectl create ${role}binding ${name}${where} --${role}=${name} --user=USER`);
      }
    });
}
