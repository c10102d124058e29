#!/usr/bin/env bash
# by-hand.sh BUNDLE CHART RELEASE VALUE NAMESPACE: applies the same objects with kubectl, and installs the CNI with helm in
# place of Flux. It waits until the release, the Flux pod in NAMESPACE and the nodes are ready, as `eggtooth up` does.
# Needs KUBECONFIG, and kubectl and helm on the PATH.
set -euo pipefail
bundle=$1 chart=$2 release=$3 value=$4 namespace=$5
crds=$(ls "$bundle"/*crds*.yaml)
kubectl apply --server-side -f "$crds" >/dev/null
kubectl wait --for=condition=Established --timeout=120s -f "$crds" >/dev/null
for file in "$bundle"/*.yaml; do
  [ "$file" = "$crds" ] || kubectl apply --server-side -f "$file" >/dev/null
done
helm install "$release" "$chart" --namespace kube-system --set "$value" --wait >/dev/null
kubectl wait --for=condition=Ready --timeout=240s nodes --all >/dev/null
kubectl wait --for=condition=Available --timeout=240s deployments --all --namespace "$namespace" >/dev/null
