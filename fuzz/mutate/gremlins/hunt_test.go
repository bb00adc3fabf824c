package main

import (
	"os"
	"os/exec"
	"testing"
)

// What a hunt copies must build by itself, tests and all.
func TestTargetsBuildAlone(t *testing.T) {
	for i := range targets {
		target := &targets[i]
		t.Run(target.name, func(t *testing.T) {
			tree := t.TempDir()
			if err := target.copy("../../..", tree); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("go", "vet", "./"+target.dir)
			cmd.Dir = tree
			cmd.Env = append(os.Environ(), "GOWORK=off")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
