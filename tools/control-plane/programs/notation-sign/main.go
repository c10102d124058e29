// Notation-sign signs an artifact in a registry, as the command notation does with a key on disk.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/notaryproject/notation-core-go/signature/jws"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/registry"
	"github.com/notaryproject/notation-go/signer"
	"oras.land/oras-go/v2/registry/remote"
)

func main() {
	key := flag.String("key", "", "file of the private key, PEM")
	certificates := flag.String("certificates", "", "file of the certificate of the key and its issuers, PEM")
	reference := flag.String("reference", "", "the artifact: HOST/REPOSITORY@DIGEST")
	flag.Parse()
	if err := sign(*key, *certificates, *reference); err != nil {
		log.Fatal(err)
	}
}

func sign(key, certificates, reference string) error {
	fileSigner, err := signer.NewGenericSignerFromFiles(key, certificates)
	if err != nil {
		return err
	}
	repository, err := remote.NewRepository(reference)
	if err != nil {
		return err
	}
	repository.PlainHTTP = true
	_, err = notation.Sign(context.Background(), fileSigner, registry.NewRepository(repository), notation.SignOptions{
		SignerSignOptions: notation.SignerSignOptions{SignatureMediaType: jws.MediaTypeEnvelope},
		ArtifactReference: reference,
	})
	return err
}
