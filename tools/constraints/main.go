// Reads constraints and versions, and prints what source-controller's library says of each pair.
package main

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/Masterminds/semver/v3"
)

type table struct {
	Versions    []string          `json:"versions"`
	Constraints []string          `json:"constraints"`
	Results     map[string]string `json:"results"`
	Order       []string          `json:"order"`
}

func main() {
	var t table
	if err := json.NewDecoder(os.Stdin).Decode(&t); err != nil {
		panic(err)
	}
	parsed := make([]*semver.Version, len(t.Versions))
	for i, text := range t.Versions {
		parsed[i], _ = semver.NewVersion(text)
	}
	t.Results = map[string]string{}
	for _, text := range t.Constraints {
		c, err := semver.NewConstraint(text)
		if err != nil {
			t.Results[text] = "invalid"
			continue
		}
		var line strings.Builder
		for _, v := range parsed {
			switch {
			case v == nil:
				line.WriteByte('-')
			case c.Check(v):
				line.WriteByte('1')
			default:
				line.WriteByte('0')
			}
		}
		t.Results[text] = line.String()
	}
	for _, a := range parsed {
		var line strings.Builder
		for _, b := range parsed {
			switch {
			case a == nil || b == nil:
				line.WriteByte('-')
			default:
				line.WriteByte("<=>"[a.Compare(b)+1])
			}
		}
		t.Order = append(t.Order, line.String())
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	_ = out.Encode(t)
}
