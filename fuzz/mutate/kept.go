package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
)

// A kept is a folder with the verdicts on faults that were killed.
type kept string

// digest names the broken file.
func digest(tree, file string) string {
	content, _ := os.ReadFile(filepath.Join(tree, file))
	sum := sha256.Sum256(append([]byte(file+"\n"), content...))
	return hex.EncodeToString(sum[:16])
}

func (k kept) load(key string) *verdict {
	content, err := os.ReadFile(filepath.Join(string(k), key))
	v := new(verdict)
	if err != nil || json.Unmarshal(content, v) != nil {
		return nil
	}
	return v
}

func (k kept) store(key string, v *verdict) error {
	if !v.Killed {
		return nil
	}
	content, err := json.Marshal(v)
	if err == nil {
		err = os.MkdirAll(string(k), 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(string(k), key), content, 0o644)
	}
	return err
}
