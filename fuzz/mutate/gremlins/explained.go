package main

import (
	"fmt"
	"os"
	"strings"
)

// explanations reads why mutants survive, by file and mark. A block is
//
//	ringbuffer/mpmc.go CONDITIONALS_BOUNDARY 30
//		if capacity < 1 || capacity > MaxCap {
//	Why no test can tell.
//
// and ends with an empty line. Lines that begin with # are comments.
func explanations(path string) (map[string]string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	why := map[string]string{}
	for block := range strings.SplitSeq(string(content), "\n\n") {
		block = strings.TrimSpace(block)
		if block == "" || strings.HasPrefix(block, "#") {
			continue
		}
		parts := strings.SplitN(block, "\n", 3)
		if len(parts) < 3 {
			return nil, fmt.Errorf("%s: no explanation in\n%s", path, block)
		}
		why[parts[0]+"\n"+strings.TrimSpace(parts[1])] = strings.Join(strings.Fields(parts[2]), " ")
	}
	return why, nil
}

// key returns the first lines of a mutant's block, with the second one trimmed.
func (m *mutant) key() string {
	return fmt.Sprintf("%s %s %d\n%s", m.File, m.Type, m.Column, strings.TrimSpace(m.Text))
}
