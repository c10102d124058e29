#!/usr/bin/env bash
# helm-clusters.sh CHART OUTPUT CLUSTERS: renders a chart once for each cluster.
set -euo pipefail
for ((index = 0; index < $3; index++)); do
  helm template bundle "$1" --set "host=cluster-$index.example.org" >"$2/cluster-$index.yaml"
done
