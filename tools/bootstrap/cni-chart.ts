import type { Chart } from '../control-plane';
import { names } from './names';

const folders = ['/opt/cni/bin', '/etc/cni/net.d'];

const configuration = {
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: '{{ .Values.subnet }}' }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
  ],
};

const daemonSet = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: '{{ .Release.Name }}', namespace: '{{ .Release.Namespace }}' },
  spec: {
    selector: { matchLabels: { app: '{{ .Release.Name }}' } },
    template: {
      metadata: { labels: { app: '{{ .Release.Name }}' } },
      spec: {
        hostNetwork: true,
        priorityClassName: 'system-node-critical',
        tolerations: [{ operator: 'Exists' }],
        containers: [
          {
            name: 'installer',
            image: names.cniImage,
            env: [{ name: 'CNI_CONFIG', value: JSON.stringify(configuration) }],
            volumeMounts: folders.map((path, index) => ({ name: `folder-${index}`, mountPath: `/host${path}` })),
          },
        ],
        volumes: folders.map((path, index) => ({ name: `folder-${index}`, hostPath: { path } })),
      },
    },
  },
};

/** The chart of a CNI: a DaemonSet on the host network that installs plugins and configuration on its node. */
export const cniChart: Chart = {
  name: names.cni,
  templates: { 'daemonset.yaml': JSON.stringify(daemonSet, null, 2) },
};
