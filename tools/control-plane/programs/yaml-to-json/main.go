// Yaml-to-json reads YAML documents as kubectl and Flux do. Each line of the standard input is a document in base64.
// Each line of the standard output is its value, {"value": ...}, or {"error": "..."}.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"log"
	"os"

	"sigs.k8s.io/yaml"
)

type result struct {
	Value json.RawMessage `json:"value,omitempty"`
	Error string          `json:"error,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<28)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for lines.Scan() {
		document, err := base64.StdEncoding.DecodeString(lines.Text())
		if err != nil {
			log.Fatal(err)
		}
		if err := encoder.Encode(read(document)); err != nil {
			log.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
}

func read(document []byte) result {
	value, err := yaml.YAMLToJSON(document)
	if err != nil {
		return result{Error: err.Error()}
	}
	return result{Value: value}
}
