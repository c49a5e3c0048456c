#!/bin/sh
# Makes the certificates of the TLS tests again, into this folder. The key protects nothing.
set -eu
cd "$(dirname "$0")"
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out request.csr -subj /CN=localhost
work=$(mktemp -d)
printf '%s\n' '[ca]' 'default_ca=it' '[it]' "new_certs_dir=$work" "database=$work/index" "serial=$work/serial" \
  'default_md=sha256' 'policy=any' 'unique_subject=no' '[any]' 'commonName=supplied' '[here]' \
  'subjectAltName=DNS:localhost,IP:127.0.0.1' > "$work/config"
: > "$work/index"
echo 01 > "$work/serial"
make_certificate() {
  openssl ca -batch -notext -config "$work/config" -extensions here -selfsign -keyfile key.pem -in request.csr \
    -startdate "$2" -enddate "$3" -out "$1"
}
make_certificate self-signed.pem 20200101000000Z 21200101000000Z
make_certificate expired.pem 20200101000000Z 20200201000000Z
rm -r request.csr "$work"
