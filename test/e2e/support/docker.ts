import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, ensurePrograms } from '../../../tools/control-plane';
import { startServer } from '../../../tools/control-plane/server';

/**
 * Puts the command `docker` into a folder, which builds an image with BuildKit, as Docker does, and pushes it at once:
 * `docker push` has nothing left to do. No step of a build can run a program.
 *
 * @param env the environment of BuildKit, which pulls the base and pushes the image
 */
export async function addDocker(cluster: Cluster, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { buildkitd, buildctl } = await ensurePrograms(['buildkitd', 'buildctl']);
  const root = join(cluster.dir, 'buildkit');
  mkdirSync(root);
  const socket = `unix://${root}/buildkitd.sock`;
  const config = join(root, 'buildkitd.toml');
  writeFileSync(
    config,
    [
      `root = ${JSON.stringify(root)}`,
      `[grpc]\naddress = [${JSON.stringify(socket)}]`,
      '[worker.containerd]\nenabled = false',
      '[worker.oci]\nsnapshotter = "native"\nbinary = "/bin/false"',
    ].join('\n'),
  );
  const server = startServer(buildkitd, ['--config', config], cluster.dir, env);
  cluster.onStop(server.stop);
  writeFileSync(join(folder, 'docker'), dockerScript(`${buildctl} --addr ${socket} --wait`), { mode: 0o755 });
}

const dockerScript = (buildctl: string) => `#!/bin/sh -e
command="$1"
shift
[ "$command" = push ] && exit
[ "$command" = build ]
set -- "$@" ''
while [ "$2" != '' ]; do
  case "$1" in
    -f) options="$options --opt filename=$2" ;;
    -t) options="$options --output type=image,name=$2,push=true" ;;
    --build-arg) options="$options --opt build-arg:$2" ;;
    *) echo "docker: unexpected argument: $1" >&2; exit 2 ;;
  esac
  shift 2
done
exec ${buildctl} build --frontend dockerfile.v0 --local context="$1" --local dockerfile="$1" $options
`;
