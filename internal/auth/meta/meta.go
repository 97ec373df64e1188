// Package meta reads and changes the metadata of users and of their app: JSON objects,
// whose members a patch sets, and removes where it says null.
package meta

import (
	"encoding/json"
	"maps"

	"github.com/plinth-dev/plinth/internal/fault"
)

var errObject = fault.New(fault.Invalid, "validation_failed", "data must be a JSON object")

// Merge sets the members of patch in a JSON object; null removes one.
func Merge(object json.RawMessage, patch map[string]json.RawMessage) (string, error) {
	m := map[string]json.RawMessage{}
	if err := json.Unmarshal(object, &m); err != nil {
		return "", err
	}
	maps.Copy(m, patch)
	maps.DeleteFunc(m, func(_ string, v json.RawMessage) bool { return string(v) == "null" })
	text, err := json.Marshal(m)
	return string(text), err
}

// Map returns metadata for a template.
func Map(raw json.RawMessage) map[string]any {
	m := map[string]any{}
	_ = json.Unmarshal(raw, &m) // metadata is always an object
	return m
}

// Check returns user data as JSON text; it must be an object.
func Check(raw json.RawMessage) (string, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return "{}", nil
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		return "", errObject
	}
	return string(raw), nil
}
