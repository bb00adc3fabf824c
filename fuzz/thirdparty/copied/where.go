package copied

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// where returns the directory of a module that this one requires, downloaded if it is
// not there, or of the standard library.
func where(root, module string) (string, error) {
	if module == "" {
		goroot, err := gotool(root, "env", "GOROOT")
		return filepath.Join(strings.TrimSpace(string(goroot)), "src"), err
	}
	out, err := gotool(root, "mod", "download", "-json", module)
	if err != nil {
		return "", err
	}
	var found struct{ Dir string }
	err = json.Unmarshal(out, &found)
	return found.Dir, err
}

// gotool runs go in the module at root.
func gotool(root string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return out, nil
}
