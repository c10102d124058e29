#!/usr/bin/env bash
# seed.sh PREFIX NAMESPACE: creates a client certificate with openssl and kubectl, as a peer of `eggtooth issue`. It waits for
# the certificate, so that it cannot race, and uses new names in each run. Needs KUBECONFIG, and kubectl on the PATH.
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
