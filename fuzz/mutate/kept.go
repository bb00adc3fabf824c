package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
)

// A kept is a folder of verdicts, by the digest of the broken file.
type kept string

// digest names the tokens of Go files. A comment makes no difference.
func digest(tree string, files ...string) string {
	h := sha256.New()
	for _, file := range files {
		content, _ := os.ReadFile(filepath.Join(tree, file))
		fmt.Fprintf(h, "%s\n", file)
		var s scanner.Scanner
		s.Init(token.NewFileSet().AddFile(file, -1, len(content)), content, nil, 0)
		for {
			_, tok, literal := s.Scan()
			if tok == token.EOF {
				break
			}
			fmt.Fprintf(h, "%v %s\n", tok, literal)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// load fills what a pointer points at, and reports whether it was there.
func (k kept) load(key string, what any) bool {
	content, err := os.ReadFile(filepath.Join(string(k), key))
	return err == nil && json.Unmarshal(content, what) == nil
}

func (k kept) store(key string, what any) error {
	content, err := json.Marshal(what)
	if err == nil {
		err = os.MkdirAll(string(k), 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(string(k), key), content, 0o644)
	}
	return err
}
