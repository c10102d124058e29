// Package config holds the settings of the artifact store.
package config

import (
	"time"

	"github.com/spf13/pflag"
)

// Options says where artifacts lie, who may fetch them from where, and how many old ones stay.
type Options struct {
	StoragePath              string
	StorageAddress           string
	StorageAdvAddress        string
	ArtifactDigestAlgo       string
	ArtifactRetentionTTL     time.Duration
	ArtifactRetentionRecords int
}

// BindFlags adds one flag per setting, under the names that Flux documents.
func (o *Options) BindFlags(flags *pflag.FlagSet) {
	flags.StringVar(&o.StoragePath, "storage-path", "/data", "The folder that artifacts are kept in.")
	flags.StringVar(&o.StorageAddress, "storage-addr", ":9090", "The address the artifact server binds to.")
	flags.StringVar(&o.StorageAdvAddress, "storage-adv-addr", "", "The host of artifact URLs; --storage-addr if empty.")
	flags.StringVar(&o.ArtifactDigestAlgo, "artifact-digest-algo", "sha256", "The algorithm of artifact digests.")
	flags.DurationVar(&o.ArtifactRetentionTTL, "artifact-retention-ttl", time.Minute,
		"How long a replaced artifact stays.")
	flags.IntVar(&o.ArtifactRetentionRecords, "artifact-retention-records", 2,
		"How many artifacts of an object stay at most.")
}
