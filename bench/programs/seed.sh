#!/usr/bin/env bash
# The peer of `eggtooth issue`: a client certificate by openssl and kubectl, as it was first published, with a wait so that it
# cannot race. Usage: seed.sh PREFIX NAMESPACE, with KUBECONFIG set and kubectl on the PATH. Each run has names of its own.
set -euo pipefail
name=$1-$$ namespace=$2
cd "$(mktemp -d)"
trap 'rm -rf "$PWD"' EXIT
openssl genrsa -out tls.key 2048 2>/dev/null
openssl req -new -key tls.key -subj "/CN=$name" -out tls.csr
kubectl apply -f - >/dev/null <<YAML
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata:
  name: $name
spec:
  signerName: kubernetes.io/kube-apiserver-client
  request: $(base64 -w0 tls.csr)
  usages: [client auth]
YAML
kubectl certificate approve "$name" >/dev/null
kubectl wait "csr/$name" '--for=jsonpath={.status.certificate}' --timeout=120s >/dev/null
kubectl get csr "$name" -o 'jsonpath={.status.certificate}' | base64 -d > tls.crt
kubectl get -n kube-public configmap kube-root-ca.crt -o 'jsonpath={.data.ca\.crt}' > ca.crt
kubectl create secret generic "$name" "--namespace=$namespace" --type=kubernetes.io/tls \
  --from-file=tls.crt --from-file=tls.key --from-file=ca.crt >/dev/null
