#!/usr/bin/env bash
# Builds the control plane once into $K8S_RIG_CACHE/<versions> (default ~/.cache/k8srig) and prints that directory
# last; start.sh takes it as K8S_RIG_BIN. The Go module and build caches are Go's own unless GOMODCACHE and GOCACHE
# say otherwise. --built only tells whether it is there. BUILD_JOBS: compilers at once (2).
set -euo pipefail
cd "$(dirname "$0")"
T0=$SECONDS
K8S=$(awk '$1 == "k8s.io/kubernetes" {print $2}' go.mod)
IFS=. read -r _ MINOR _ <<<"$K8S"
KEY=$K8S-$(cat go.mod go.sum main.go | sha256sum | cut -c1-12)
OUT=${K8S_RIG_CACHE:-$HOME/.cache/k8srig}/$KEY
if [ "${1-}" = --built ]; then [ -x "$OUT/kube-scheduler" ]; exit; fi
if [ ! -x "$OUT/kube-scheduler" ]; then
  V=k8s.io/component-base/version
  mkdir -p "$OUT"
  export CGO_ENABLED=0
  # -mod=readonly: a missing go.sum line must fail here, not be fetched silently. The version flags are needed:
  # without them the API server calls itself v0.0.0-master+$Format:%H$.
  go build -mod=readonly -p "${BUILD_JOBS:-2}" -trimpath -buildvcs=false -o "$OUT/k8srig.tmp" \
    -ldflags "-s -w -X $V.gitVersion=$K8S -X $V.gitMajor=1 -X $V.gitMinor=$MINOR -X $V.gitTreeState=clean -X $V.buildDate=1970-01-01T00:00:00Z" .
  mv "$OUT/k8srig.tmp" "$OUT/k8srig"
  for n in etcd kube-apiserver kube-controller-manager kube-scheduler; do ln -sf k8srig "$OUT/$n"; done
fi
echo "built in $((SECONDS - T0)) s" >&2
echo "$OUT"
